import { fixed, whole } from '../format.mjs';
import { measure } from '../measure.mjs';
import { median, percentile } from '../statistics.mjs';
import { verify } from '../verify.mjs';

const POSTS = 2000;
const PER_REQUEST = 100;
const IN_FLIGHT = 8;
const FEED = 'latency';
/** Posted before and not waited for, so that mediation has work from the first POST to the last. */
const BACKLOG = 60_000;

/** How long a POST of 100 records takes while mediation runs. */
export async function latency({ options, install, say }) {
  const backlog = { first: 0, records: BACKLOG, perRequest: 1000, keys: 'ascending', mix: 'usual' };
  const stream = { ...backlog, first: BACKLOG, records: POSTS * PER_REQUEST, perRequest: PER_REQUEST };
  const all = [];
  for (let run = 1; run <= options.runs; run++) {
    const installation = await install();
    try {
      await installation.createFeed(FEED);
      await installation.load.prepare(backlog);
      await installation.post(FEED, IN_FLIGHT);
      const result = await installation.measured(() => measure(installation, FEED, stream, IN_FLIGHT));
      all.push(result);
      say(`run ${run}: p99 ${percentile(result.milliseconds, 99).toFixed(1)} ms`);
      await verify(installation, FEED, [backlog, stream]);
    } finally {
      await installation.stop();
    }
  }
  const times = all.flatMap((r) => r.milliseconds);
  const p99 = percentile(times, 99);
  const millis = fixed(1);
  return {
    title: 'Latency of a POST',
    intro:
      `${whole(POSTS)} POSTs of ${PER_REQUEST} records, ${IN_FLIGHT} in flight, while mediation works off a backlog of ` +
      `${whole(BACKLOG)} records and what is posted; ${options.runs} run(s), all POSTs together.`,
    table: {
      columns: [
        'POSTs',
        'p50 ms',
        'p90 ms',
        'p99 ms',
        'longest ms',
        'records/s accepted',
        'pending behind the last POST',
      ],
      rows: [
        [
          whole(times.length),
          ...[50, 90, 99, 100].map((p) => millis(percentile(times, p))),
          whole(median(all.map((r) => r.accepted))),
          whole(median(all.map((r) => r.pendingBehind))),
        ],
      ],
    },
    reach: [
      { what: 'p99 of the POST', asked: 'under 150 ms', got: `${millis(p99)} ms`, isReached: p99 < 150 },
    ],
  };
}
