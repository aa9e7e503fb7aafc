/** An import as the API shows it (API.md, History); only what the command line reads. */
export interface ImportView {
  trackingId: string;
  feed: { id: number; name: string; apiName: string };
  profile: { name: string; version: number } | null;
  source: string | null;
  channel: string;
  status: 'queued' | 'processing' | 'completed' | 'failed';
  submittedAt: string;
  startedAt: string | null;
  endedAt: string | null;
  submittedBy: string | null;
  /** Of a correction. */
  operation: string | null;
  reason: string | null;
  counts: Counts;
  reasons: Reasons;
  /** Null where it is not known. */
  now?: Record<string, number | null>;
  usageCount: number;
  reprocessOf: string | null;
  revertedBy: string | null;
  error: { code: string; message: string } | null;
}

/** `total` is the sum of the others at every moment. */
export interface Counts {
  total: number;
  imported: number;
  exception: number;
  skipped: number;
  duplicate: number;
  pending: number;
}

/** How often each code or reason was given. */
export interface Reasons {
  skipped: Record<string, number>;
  exception: Record<string, number>;
}

export const countNames = ['total', 'imported', 'exception', 'skipped', 'duplicate', 'pending'] as const;

export function isFinished(view: Pick<ImportView, 'status'>): boolean {
  return view.status === 'completed' || view.status === 'failed';
}

export function noCounts(): Counts {
  return { total: 0, imported: 0, exception: 0, skipped: 0, duplicate: 0, pending: 0 };
}

/** Adds `more` to `sum`, name by name. */
export function addCounts(sum: Counts, more: Counts): void {
  for (const name of countNames) sum[name] += more[name];
}

export function addReasons(sum: Reasons, more: Partial<Reasons> = {}): void {
  for (const verdict of ['skipped', 'exception'] as const) {
    for (const [reason, count] of Object.entries(more[verdict] ?? {})) {
      sum[verdict][reason] = (sum[verdict][reason] ?? 0) + count;
    }
  }
}
