import { type ApiClient, pathPart } from '../api-client.js';
import { type Ineligible, type Outcome, type Verdicts, toVerdictsLine } from './outcome.js';
import type { Watched } from '../watch/watch.js';

/** A reprocessing as lists show it; only what the command line reads. */
export interface ReprocessSummary {
  reprocessId: string;
  status: 'running' | 'completed' | 'cancelled';
  requestedAt: string;
  requestedBy: string;
  reason: string;
  eligible: number;
  ineligible: Ineligible[];
  done: number;
  pending: number;
  verdicts: Verdicts;
}

export interface ReprocessView extends ReprocessSummary, Outcome {
  imports: ReprocessImport[];
}

export interface ReprocessImport {
  trackingId: string;
  feed: { apiName: string };
  profileVersion: number;
  status: string;
  total: number;
  pending: number;
}

/** The answer to a reprocessing that has begun. */
export interface Started {
  reprocessId: string;
  eligible: number;
  ineligible: Ineligible[];
  imports: string[];
}

export function readReprocess(client: ApiClient, id: string): Promise<ReprocessView> {
  return client.get<ReprocessView>(`/admin/reprocess/${pathPart(id)}`);
}

/** A cancelled one has ended when its last chunk has. */
export function hasEnded({ status, pending }: ReprocessSummary): boolean {
  return status !== 'running' && pending === 0;
}

export function toWatched(client: ApiClient, id: string): Watched<ReprocessView> {
  return {
    read: () => readReprocess(client, id),
    isFinished: hasEnded,
    toReached: ({ done, eligible, verdicts }) => ({ done, total: eligible, text: toVerdictsLine(verdicts) }),
  };
}
