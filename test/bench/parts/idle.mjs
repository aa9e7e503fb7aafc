import { setTimeout as sleep } from 'node:timers/promises';
import { fixed } from '../format.mjs';
import { recordText } from '../records.mjs';
import { percentile } from '../statistics.mjs';
import { verify } from '../verify.mjs';

const RECORDS = 50;
const FEED = 'idle';
const POLL_MS = 5;
/** Between records, at random so that no timer of the system is met in step. */
const PAUSE_MS = [200, 700];

/** From the 202 of a single record on an idle system to its verdict, as a client sees it by asking for the import. */
export async function idle({ install }) {
  const installation = await install();
  const milliseconds = [];
  const stream = { first: 0, records: RECORDS, keys: 'ascending', mix: 'usual' };
  try {
    await installation.createFeed(FEED);
    for (let n = 0; n < RECORDS; n++) {
      await sleep(PAUSE_MS[0] + Math.random() * (PAUSE_MS[1] - PAUSE_MS[0]));
      milliseconds.push(await timeToVerdict(installation, JSON.parse(recordText(n, stream))));
    }
    await verify(installation, FEED, [stream]);
  } finally {
    await installation.stop();
  }
  const p95 = percentile(milliseconds, 95);
  return {
    title: 'From 202 to verdict on an idle system',
    intro: `${RECORDS} single records, one after the other with pauses; the import is asked for every ${POLL_MS} ms.`,
    table: {
      columns: ['records', 'p50 ms', 'p95 ms', 'longest ms'],
      rows: [[String(RECORDS), ...[50, 95, 100].map((p) => fixed(0)(percentile(milliseconds, p)))]],
    },
    reach: [
      {
        what: '202 to verdict, idle, p95',
        asked: 'under 1 s',
        got: `${fixed(0)(p95)} ms`,
        isReached: p95 < 1000,
      },
    ],
  };
}

async function timeToVerdict(installation, record) {
  const { trackingId } = await installation.call('POST', `/feeds/${FEED}/usage`, record);
  const accepted = performance.now();
  while ((await installation.call('GET', `/imports/${trackingId}`)).status !== 'completed')
    await sleep(POLL_MS);
  return performance.now() - accepted;
}
