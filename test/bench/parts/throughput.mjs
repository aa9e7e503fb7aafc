import { fixed, percent, range, whole } from '../format.mjs';
import { measureLimit } from '../limit.mjs';
import { measure } from '../measure.mjs';
import { summary } from '../statistics.mjs';
import { storagePerRecord } from '../storage.mjs';
import { verify } from '../verify.mjs';

const PER_REQUEST = 1000;
const IN_FLIGHT = 8;
const FEED = 'throughput';

/**
 * The work: warm-up, then the records in requests of 1,000, eight in flight, on a fresh installation for every run; the
 * limit before each, so that both see the same machine.
 */
export async function throughput({ services, options, install, say }) {
  const { limits, runs } = { limits: {}, runs: {} };
  for (let run = 1; run <= options.runs; run++) {
    for (const keys of options.keys) {
      const warmUp = { first: 0, records: options.warmUp, perRequest: PER_REQUEST, keys, mix: 'usual' };
      const stream = { ...warmUp, first: options.warmUp, records: options.records };
      const limit = await measureLimit(services.postgres.adminUrl, stream, services.postgresCpu);
      say(`run ${run}, ${keys} keys: limit ${whole(limit.rowsPerSecond)} rows/s`);
      const result = await runOnce(install, warmUp, stream);
      say(
        `run ${run}, ${keys} keys: accepted ${whole(result.accepted)}, rated ${whole(result.rated)} records/s ` +
          `(${percent(result.disturbance)} of the machine went to other programs)`,
      );
      (limits[keys] ??= []).push(limit);
      (runs[keys] ??= []).push(result);
    }
  }
  return report(options, limits, runs);
}

async function runOnce(install, warmUp, stream) {
  const installation = await install();
  try {
    await installation.createFeed(FEED);
    const setUpMemory = installation.peakMemory().api;
    await installation.restartApi();
    if (warmUp.records) await installation.send(FEED, warmUp, IN_FLIGHT);
    const result = await installation.measured(() => measure(installation, FEED, stream, IN_FLIGHT));
    const peakMemory = installation.peakMemory();
    await verify(installation, FEED, [warmUp, stream]);
    return { ...result, setUpMemory, peakMemory, storage: await storagePerRecord(installation.database) };
  } finally {
    await installation.stop();
  }
}

function report(options, limits, runs) {
  const of = (keys, read, format) => range(summary(runs[keys].map(read)), format);
  const limitOf = (keys, read) => summary(limits[keys].map(read));
  const ratioOf = (keys) =>
    summary(runs[keys].map((r) => r.rated)).median / limitOf(keys, (l) => l.rowsPerSecond).median;
  const row = (title, cell) => [title, ...options.keys.map(cell)];
  const [first] = Object.values(runs);
  const rows = [
    row('accepted records/s', (keys) => of(keys, (r) => r.accepted)),
    row('rated records/s (first POST to last commit)', (keys) => of(keys, (r) => r.rated)),
    row('limit: COPY of the finished rows, rows/s', (keys) => range(limitOf(keys, (l) => l.rowsPerSecond))),
    row('rated / limit', (keys) => ratioOf(keys).toFixed(2)),
    row('CPU s per 100,000: limit, Postgres', (keys) =>
      range(
        limitOf(keys, (l) => l.postgresCpu),
        fixed(2),
      ),
    ),
    ...Object.keys(first[0].cpu).map((name) =>
      row(`CPU s per 100,000: ${name}`, (keys) => of(keys, (r) => r.cpu[name], fixed(2))),
    ),
    row('peak memory, MiB: api, while 100,000 identifiers were loaded', (keys) =>
      of(keys, (r) => r.setUpMemory),
    ),
    ...Object.keys(first[0].peakMemory).map((name) =>
      row(`peak memory, MiB: ${name}`, (keys) => of(keys, (r) => r.peakMemory[name])),
    ),
    row('bytes per imported record: ledger, keys, indexes', (keys) => of(keys, (r) => r.storage.ledger)),
    row('bytes per imported record: bodies', (keys) => of(keys, (r) => r.storage.body)),
    row('bytes per imported record: all else', (keys) => of(keys, (r) => r.storage.rest)),
    row('B-tree entries per imported record', (keys) => of(keys, (r) => r.storage.indexEntries, fixed(2))),
    row('WAL bytes per record', (keys) => of(keys, (r) => r.walBytes)),
    row('share of the machine that went to other programs', (keys) =>
      of(keys, (r) => r.disturbance, percent),
    ),
  ];
  const reach = [];
  if (runs.ascending) {
    const { median } = summary(runs.ascending.map((r) => r.rated));
    const api = Math.max(
      ...Object.values(runs)
        .flat()
        .map((r) => r.peakMemory.api),
    );
    const { storage } = runs.ascending[0];
    reach.push(
      {
        what: 'rated / limit',
        asked: 'at least 0.2',
        got: ratioOf('ascending').toFixed(2),
        isReached: ratioOf('ascending') >= 0.2,
      },
      { what: 'rated records/s', asked: 'at least 12,000', got: whole(median), isReached: median >= 12_000 },
      {
        what: 'peak memory of the API',
        asked: 'under 300 MB',
        got: `${whole(api * 1.048576)} MB`,
        isReached: api * 1.048576 < 300,
      },
      {
        what: 'bytes per imported record',
        asked: 'about 600 at most',
        got: whole(storage.ledger),
        isReached: storage.ledger <= 600,
      },
      {
        what: 'B-tree entries per imported record',
        asked: 'about 3 at most',
        got: storage.indexEntries.toFixed(2),
        isReached: storage.indexEntries < 3.1,
      },
    );
  }
  return {
    title: 'Throughput',
    intro:
      `${whole(options.records)} JSON records in requests of ${whole(PER_REQUEST)}, ${IN_FLIGHT} in flight, after a warm-up ` +
      `of ${whole(options.warmUp)}; ${options.runs} run(s), median and range.`,
    table: { columns: ['usage keys', ...options.keys], rows },
    reach,
  };
}
