import { setTimeout as sleep } from 'node:timers/promises';
import type { Mill } from './mill.js';
import type { SentRecord } from './records.js';

/** What was accepted: a 202 with this tracking id for these records. */
export interface Posted {
  readonly feed: string;
  readonly trackingId: string;
  readonly records: readonly SentRecord[];
}

/** The server did not live to answer. */
const NO_ANSWER = 0;
/** After these a client asks again: the request is still being accepted, or the system is in trouble. */
const TRY_AGAIN = new Set([NO_ANSWER, 409, 429, 503]);
const PAUSE_MS = 100;
let posts = 0;

export interface PostOptions {
  readonly inFlight?: number;
  /** Between two posts of one of those in flight. */
  readonly pauseMs?: number;
  readonly timeoutMs?: number;
}

/**
 * Posts batches as a careful client does: each under an Idempotency-Key, and again until it is answered
 * with 202, whatever happens to the server in between.
 */
export async function post(
  mill: Mill,
  feed: string,
  batches: readonly (readonly SentRecord[])[],
  { inFlight = 4, pauseMs = 0, timeoutMs = 60_000 }: PostOptions = {},
): Promise<Posted[]> {
  const posted: Posted[] = [];
  const waiting = [...batches];
  const client = async () => {
    for (let records = waiting.shift(); records; records = waiting.shift()) {
      posted.push({ feed, records, trackingId: await postOne(mill, feed, records, timeoutMs) });
      await sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return posted;
}

async function postOne(
  mill: Mill,
  feed: string,
  records: readonly SentRecord[],
  timeoutMs: number,
): Promise<string> {
  const body = JSON.stringify({ data: records.map(({ json }) => json) });
  const headers = { 'idempotency-key': `post-${process.pid}-${++posts}` };
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const { status, body: said } = await mill.api
      .postUsage(feed, body, { headers })
      .catch((error) => ({ status: NO_ANSWER, body: String(error) }));
    if (status === 202) return said.trackingId;
    if (!TRY_AGAIN.has(status) || Date.now() > deadline)
      throw new Error(`a post to ${feed} was not accepted: ${status} ${JSON.stringify(said)}`);
    await sleep(PAUSE_MS);
  }
}
