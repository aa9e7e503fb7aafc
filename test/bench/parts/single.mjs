import { fixed, range, whole } from '../format.mjs';
import { measure } from '../measure.mjs';
import { median, percentile, summary } from '../statistics.mjs';
import { verify } from '../verify.mjs';

const REQUESTS = 20_000;
const WARM_UP = 2000;
const IN_FLIGHT = 32;
const FEED = 'single';

/** Requests of one record each. */
export async function single({ options, install, say }) {
  const warmUp = { first: 0, records: WARM_UP, perRequest: 1, keys: 'ascending', mix: 'usual' };
  const stream = { ...warmUp, first: WARM_UP, records: REQUESTS };
  const all = [];
  for (let run = 1; run <= options.runs; run++) {
    const installation = await install();
    try {
      await installation.createFeed(FEED);
      await installation.send(FEED, warmUp, IN_FLIGHT);
      const result = await installation.measured(() => measure(installation, FEED, stream, IN_FLIGHT));
      await verify(installation, FEED, [warmUp, stream]);
      all.push(result);
      say(`run ${run}: accepted ${whole(result.accepted)}, rated ${whole(result.rated)} requests/s`);
    } finally {
      await installation.stop();
    }
  }
  const of = (read, format) => range(summary(all.map(read)), format);
  const rated = median(all.map((r) => r.rated));
  return {
    title: 'Requests of one record',
    intro: `${whole(REQUESTS)} requests of one record, ${IN_FLIGHT} in flight; ${options.runs} run(s), median and range.`,
    table: {
      columns: ['', 'median (range)'],
      rows: [
        ['accepted requests/s', of((r) => r.accepted)],
        ['accepted and rated requests/s', of((r) => r.rated)],
        ['p50 of the POST, ms', of((r) => percentile(r.milliseconds, 50), fixed(1))],
        ['p99 of the POST, ms', of((r) => percentile(r.milliseconds, 99), fixed(1))],
        ...Object.keys(all[0].cpu).map((name) => [
          `CPU s per 100,000: ${name}`,
          of((r) => r.cpu[name], fixed(1)),
        ]),
      ],
    },
    reach: [
      {
        what: 'requests of one record, accepted and rated',
        asked: 'at least 800/s',
        got: `${whole(rated)}/s`,
        isReached: rated >= 800,
      },
    ],
  };
}
