/** An exception as the API shows it; only what the command line reads. */
export interface ExceptionView {
  id: string;
  trackingId: string;
  index: number;
  feed: { id: number; name: string; apiName: string };
  stage: string;
  step: string | null;
  code: string;
  field: string | null;
  message: string;
  details: unknown;
  /** As it was sent; a row is a text. */
  raw: unknown;
  /** What it was changed to last; null where it was not. */
  corrected: unknown;
  usageKey: string | null;
  status: string;
  revision: number;
  createdAt: string;
  fingerprint: string;
  resolvedBy: string | null;
  /** Who discarded, reopened or settled it; null where nobody has. */
  changed: { at: string; by: string | null; reason: string | null } | null;
}
