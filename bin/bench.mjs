/** `npm run bench`: measures the built server on a Postgres and a Redis of its own; see docs/benchmarks.md. */
import { parseArgs } from 'node:util';
import { build, isBuilt } from './build.mjs';
import { installIfNeeded } from './install.mjs';

const HELP = `Usage: npm run bench -- [options]

Starts Postgres (fsync on), Redis, the API and the worker as processes of their own, sends usage, checks every verdict
and sum against an independent calculation, and prints what was measured. A full run takes about half an hour.

  --only PARTS     some parts, by comma: throughput, latency, single, exceptions, corrections,
                   idle, aged
  --records N      records of a throughput run (300000)
  --warm-up N      records sent before, not measured (50000)
  --runs N         runs of each part, of which the median counts (3)
  --corrected N    records that the part "corrections" imports and reprocesses (300000)
  --aged-runs N    runs of the part "aged", which first loads rows for each kind of key (1)
  --aged-rows N    how many rows it loads (5000000)
  --aged-records N how many records it then measures (500000)
  --keys KIND      ascending, random (UUIDv4) or both (both)
  --quick          a first impression in a few minutes: one run, 100,000 records, without "aged"
  --write          put the results into docs/benchmarks.md
  --profile DIR    also write CPU profiles and statement times there; slows down what it measures
  --dir DIR        where the databases are made; that disk is measured (the system's temporary folder)
  --no-build       take dist as it is
  --help           this text

Exit code: 0 where all figures were reached, 2 where some were not, 1 where the benchmark failed.
`;

const AGED = { 'aged-runs': '1', 'aged-rows': '5000000', 'aged-records': '500000' };
const QUICK = {
  records: '100000',
  corrected: '100000',
  runs: '1',
  'warm-up': '20000',
  only: 'throughput,latency,single,exceptions,corrections,idle',
};
const FULL = { records: '300000', corrected: '300000', runs: '3', 'warm-up': '50000' };

function readOptions(args, partNames) {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    args,
    options: {
      only: text,
      records: text,
      'warm-up': text,
      runs: text,
      corrected: text,
      'aged-runs': text,
      'aged-rows': text,
      'aged-records': text,
      keys: text,
      profile: text,
      dir: text,
      quick: flag,
      write: flag,
      'no-build': flag,
    },
  });
  const given = {
    only: partNames.join(','),
    ...AGED,
    keys: 'both',
    ...(values.quick ? QUICK : FULL),
    ...values,
  };
  const count = (name, least) => {
    const number = Number(given[name]);
    if (Number.isSafeInteger(number) && number >= least && number <= 5_000_000) return number;
    throw new Error(`--${name} must be a whole number from ${least} to 5000000, found "${given[name]}"`);
  };
  const parts = given.only.split(',');
  const unknown = parts.find((part) => !partNames.includes(part));
  if (unknown !== undefined)
    throw new Error(`--only: there is no part "${unknown}"; there are ${partNames.join(', ')}`);
  if (!['ascending', 'random', 'both'].includes(given.keys))
    throw new Error('--keys must be ascending, random or both');
  return {
    args,
    parts,
    records: count('records', 1000),
    warmUp: count('warm-up', 0),
    runs: count('runs', 1),
    corrected: count('corrected', 1000),
    agedRuns: count('aged-runs', 1),
    agedRows: count('aged-rows', 1000),
    agedRecords: count('aged-records', 1000),
    keys: given.keys === 'both' ? ['ascending', 'random'] : [given.keys],
    write: given.write,
    profile: given.profile,
    dir: given.dir,
    keepsBuild: given['no-build'],
  };
}

const args = process.argv.slice(2);
try {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
  } else {
    await installIfNeeded();
    const { PART_NAMES, runBenchmark } = await import('../test/bench/run.mjs');
    const options = readOptions(args, PART_NAMES);
    if (!options.keepsBuild && !isBuilt()) await build();
    process.exitCode = (await runBenchmark(options)) ? 0 : 2;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
