import { fixed, range, whole } from '../format.mjs';
import { measure } from '../measure.mjs';
import { median, summary } from '../statistics.mjs';
import { verify } from '../verify.mjs';

const RECORDS = 100_000;
const PER_REQUEST = 1000;
const IN_FLIGHT = 8;
const MIXES = ['usual', 'exceptions'];

/** What it costs when every record becomes an exception, against the usual mix on the same installation. */
export async function exceptions({ options, install, say }) {
  const results = { usual: [], exceptions: [] };
  const warmUpRecords = Math.min(options.warmUp, 20_000);
  for (let run = 1; run <= options.runs; run++) {
    const installation = await install();
    try {
      for (const mix of MIXES) {
        const warmUp = { first: 0, records: warmUpRecords, perRequest: PER_REQUEST, keys: 'ascending', mix };
        const stream = { ...warmUp, first: warmUpRecords, records: RECORDS };
        await installation.createFeed(mix);
        await installation.send(mix, warmUp, IN_FLIGHT);
        const result = await installation.measured(() => measure(installation, mix, stream, IN_FLIGHT));
        await verify(installation, mix, [warmUp, stream]);
        results[mix].push(result);
        say(`run ${run}, ${mix}: rated ${whole(result.rated)} records/s`);
      }
    } finally {
      await installation.stop();
    }
  }
  const of = (mix, read, format) => range(summary(results[mix].map(read)), format);
  const ratio = median(results.exceptions.map((r) => r.rated)) / median(results.usual.map((r) => r.rated));
  const row = (title, read, format) => [title, ...MIXES.map((mix) => of(mix, read, format))];
  return {
    title: 'Every record an exception',
    intro: `${whole(RECORDS)} records in requests of ${whole(PER_REQUEST)}, ${IN_FLIGHT} in flight; ${options.runs} run(s), median and range.`,
    table: {
      columns: ['', 'usual mix', 'unknown identifiers only'],
      rows: [
        row('decided records/s', (r) => r.rated),
        ...Object.keys(results.usual[0].cpu).map((name) =>
          row(`CPU s per 100,000: ${name}`, (r) => r.cpu[name], fixed(2)),
        ),
      ],
    },
    reach: [
      {
        what: 'every record an exception, of the usual rate',
        asked: 'at least 0.5',
        got: ratio.toFixed(2),
        isReached: ratio >= 0.5,
      },
    ],
  };
}
