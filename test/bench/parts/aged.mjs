import { setTimeout as sleep } from 'node:timers/promises';
import { range, whole } from '../format.mjs';
import { measure } from '../measure.mjs';
import { preload } from '../preload.mjs';
import { median, summary } from '../statistics.mjs';
import { verify } from '../verify.mjs';

const PER_REQUEST = 1000;
const IN_FLIGHT = 8;
const FEED = 'aged';
const SCOPE = 'aged';

/** The empty ledger first, then one that has rows with each kind of key. */
export async function aged({ services, options, install, say }) {
  const ledgers = [
    { name: 'empty', keys: 'ascending', rows: 0 },
    ...options.keys.map((keys) => ({ name: `aged, ${keys} keys`, keys, rows: options.agedRows })),
  ];
  const results = new Map(ledgers.map((ledger) => [ledger, []]));
  for (let run = 1; run <= options.agedRuns; run++) {
    for (const ledger of ledgers) {
      const result = await runOnce(services, options, install, ledger, say);
      results.get(ledger).push(result);
      say(`run ${run}, ${ledger.name}: rated ${whole(result.rated)} records/s`);
    }
  }
  const rate = (ledger) => median(results.get(ledger).map((r) => r.rated));
  const ratio = (ledger) => rate(ledger) / rate(ledgers[0]);
  const asked = { ascending: 0.8, random: 0.5 };
  return {
    title: 'On a ledger that has grown',
    intro:
      `${whole(options.agedRecords)} records in requests of ${whole(PER_REQUEST)}, ${IN_FLIGHT} in flight, that begin behind a checkpoint ` +
      `and have another one half way, on a ledger with ${whole(options.agedRows)} rows and as many live keys (written by SQL, see ` +
      `test/bench/preload.mjs); ${options.agedRuns} run(s).`,
    table: {
      columns: ['ledger', 'rated records/s', 'of empty', 'WAL bytes per record'],
      rows: ledgers.map((ledger) => [
        ledger.name,
        range(summary(results.get(ledger).map((r) => r.rated))),
        ratio(ledger).toFixed(2),
        range(summary(results.get(ledger).map((r) => r.walBytes))),
      ]),
    },
    reach: ledgers.slice(1).map((ledger) => ({
      what: `${whole(options.agedRows)} rows, ${ledger.keys} keys, of the empty rate`,
      asked: `at least ${asked[ledger.keys]}`,
      got: ratio(ledger).toFixed(2),
      isReached: ratio(ledger) >= asked[ledger.keys],
    })),
  };
}

async function runOnce(services, options, install, { keys, rows }, say) {
  const warmUp = { first: 0, records: options.warmUp, perRequest: PER_REQUEST, keys, mix: 'usual' };
  const stream = { ...warmUp, first: options.warmUp, records: options.agedRecords };
  const installation = await install();
  try {
    await installation.createFeed(FEED, { keyScope: SCOPE });
    if (rows > 0) {
      const began = performance.now();
      await installation.createFeed('old', { keyScope: SCOPE });
      await preload(installation.database, 'old', rows, keys);
      say(`${whole(rows)} rows preloaded in ${whole((performance.now() - began) / 1000)} s`);
    }
    await installation.send(FEED, warmUp, IN_FLIGHT);
    const result = await installation.measured(() =>
      measure(installation, FEED, stream, IN_FLIGHT, () =>
        checkpointHalfWay(services, installation, options.warmUp + options.agedRecords / 2),
      ),
    );
    await verify(installation, FEED, [warmUp, stream]);
    return result;
  } finally {
    await installation.stop();
  }
}

async function checkpointHalfWay(services, installation, half) {
  while ((await installation.ratedRecords()) < half) await sleep(200);
  await services.checkpoint();
}
