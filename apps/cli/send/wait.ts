import { type ApiClient, pathPart } from '../api-client.js';
import {
  type Counts,
  type ImportView,
  type Reasons,
  addCounts,
  addReasons,
  isFinished,
  noCounts,
} from '../imports/import.js';
import { type RetryOptions, isWorthRetrying, sleep, withRetry } from '../retry.js';
import { Lanes } from './lanes.js';
import type { Accepted } from './uploader.js';

const firstPauseMs = 100;
const longestPauseMs = 2000;

/** The verdicts of many imports together. `unfinished` of them were still running when the waiting ended. */
export interface Verdicts {
  counts: Counts;
  reasons: Reasons;
  unfinished: number;
}

export interface WaitOptions {
  concurrency: number;
  /** Aborted (by a person or a deadline): what is known by then is the result. */
  signal: AbortSignal;
  retry: RetryOptions;
  onFinished: () => void;
}

export function noVerdicts(): Verdicts {
  return { counts: noCounts(), reasons: { skipped: {}, exception: {} }, unfinished: 0 };
}

/**
 * Waits until every import is finished and adds their verdicts up.
 * @throws ApiError or ConnectionError where one cannot be read
 */
export async function waitForVerdicts(
  client: ApiClient,
  sent: Accepted[],
  options: WaitOptions,
): Promise<Verdicts> {
  const verdicts = noVerdicts();
  const lanes = new Lanes(options.concurrency);
  let failure: unknown = null;
  for (const accepted of sent) {
    await lanes.start(async () => {
      try {
        if (failure === null) add(verdicts, accepted, await waitForOne(client, accepted.trackingId, options));
      } catch (error) {
        failure ??= error;
      }
    });
  }
  await lanes.idle();
  if (failure !== null) throw failure;
  return verdicts;
}

/** The import when it is finished, or as it was when the waiting ended; null where it was never read. */
async function waitForOne(
  client: ApiClient,
  trackingId: string,
  options: WaitOptions,
): Promise<ImportView | null> {
  let view: ImportView | null = null;
  for (let pauseMs = firstPauseMs; !options.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      view = await withRetry(() => client.get<ImportView>(`/imports/${pathPart(trackingId)}`), options.retry);
    } catch (error) {
      if (options.signal.aborted && isWorthRetrying(error)) return view;
      throw error;
    }
    if (isFinished(view)) {
      options.onFinished();
      return view;
    }
    await sleep(pauseMs, options.signal);
  }
  return view;
}

function add(verdicts: Verdicts, accepted: Accepted, view: ImportView | null): void {
  if (view === null || !isFinished(view)) verdicts.unfinished++;
  addCounts(
    verdicts.counts,
    view?.counts ?? { ...noCounts(), total: accepted.records, pending: accepted.records },
  );
  addReasons(verdicts.reasons, view?.reasons);
}
