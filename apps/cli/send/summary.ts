import { type Column, toGrouped, toList, toTable } from '../output/table.js';
import type { Paint } from '../output/terminal.js';
import { addCounts, addReasons } from '../imports/import.js';
import type { SentFile } from './send-run.js';
import { type Verdicts, noVerdicts } from './wait.js';

/** What became of one file; `verdicts` is null where nobody waited for them. */
export interface FileSummary {
  source: string;
  requests: number;
  /** Of `requests`, those the server already had from an earlier run. */
  replayed: number;
  records: number;
  verdicts: Verdicts | null;
  trackingIds: string[];
}

/** The result of `send --json`; documented in docs/cli.md. */
export interface SendSummary {
  feed: string;
  /** Every record of every file is with the server. */
  complete: boolean;
  interrupted: boolean;
  error: string | null;
  /** All files together; null where nobody waited. */
  verdicts: Verdicts | null;
  files: FileSummary[];
}

const topCodes = 10;

export function summarizeFile(sent: SentFile, verdicts: Verdicts | null): FileSummary {
  return {
    source: sent.source,
    requests: sent.accepted.length,
    replayed: sent.accepted.filter((each) => each.isReplay).length,
    records: sent.records,
    verdicts,
    trackingIds: sent.accepted.map((each) => each.trackingId),
  };
}

export function addVerdicts(files: FileSummary[]): Verdicts | null {
  const sum = noVerdicts();
  for (const { verdicts } of files) {
    if (verdicts === null) return null;
    addCounts(sum.counts, verdicts.counts);
    addReasons(sum.reasons, verdicts.reasons);
    sum.unfinished += verdicts.unfinished;
  }
  return sum;
}

/** The summary for a terminal: a line per file, the sum of several, and why records were rejected. */
export function toSummaryText(summary: SendSummary, paint: Paint): string {
  const files = summary.files.length > 1 ? [...summary.files, toSum(summary)] : summary.files;
  const parts = [toTable(summary.verdicts === null ? sentColumns : verdictColumns, files, paint)];
  const replayed = summary.files.reduce((sum, file) => sum + file.replayed, 0);
  if (replayed > 0) {
    const requests = replayed === 1 ? '1 request was' : `${toGrouped(replayed)} requests were`;
    parts.push(`${requests} accepted in an earlier run and not stored again.`);
  }
  if (summary.verdicts !== null) parts.push(...toReasons(summary, summary.verdicts, paint));
  return parts.join('\n\n');
}

const sentColumns: Column<FileSummary>[] = [
  { title: 'source', value: (file) => file.source },
  { title: 'requests', value: (file) => file.requests },
  { title: 'records', value: (file) => file.records },
  { title: 'tracking id', value: (file) => toTrackingText(file.trackingIds) },
];

const verdictColumns: Column<FileSummary>[] = [
  { title: 'source', value: (file) => file.source },
  { title: 'requests', value: (file) => file.requests },
  { title: 'total', value: (file) => file.verdicts?.counts.total },
  { title: 'imported', value: (file) => file.verdicts?.counts.imported },
  {
    title: 'exception',
    value: (file) => file.verdicts?.counts.exception,
    colour: (file) => (file.verdicts?.counts.exception ? 'red' : null),
  },
  { title: 'skipped', value: (file) => file.verdicts?.counts.skipped },
  { title: 'duplicate', value: (file) => file.verdicts?.counts.duplicate },
  {
    title: 'pending',
    value: (file) => file.verdicts?.counts.pending,
    colour: (file) => (file.verdicts?.counts.pending ? 'yellow' : null),
  },
];

function toSum({ files, verdicts }: SendSummary): FileSummary {
  const sum = (count: (file: FileSummary) => number): number =>
    files.reduce((total, file) => total + count(file), 0);
  return {
    source: 'all',
    requests: sum((file) => file.requests),
    replayed: sum((file) => file.replayed),
    records: sum((file) => file.records),
    verdicts,
    trackingIds: files.flatMap((file) => file.trackingIds),
  };
}

function toTrackingText(ids: string[]): string {
  if (ids.length <= 1) return ids[0] ?? '-';
  return `${ids[0]} and ${toGrouped(ids.length - 1)} more`;
}

function toReasons(summary: SendSummary, verdicts: Verdicts, paint: Paint): string[] {
  const exceptions = toTop(verdicts.reasons.exception);
  const skipped = toTop(verdicts.reasons.skipped);
  const parts: string[] = [];
  if (exceptions.length > 0) {
    parts.push(`${paint.in('bold', 'Exceptions')}\n${toList(exceptions, paint)}`);
    parts.push(`See them with: feedmill exceptions --feed ${summary.feed} --code ${exceptions[0]![0]}`);
  }
  if (skipped.length > 0) parts.push(`${paint.in('bold', 'Skipped')}\n${toList(skipped, paint)}`);
  return parts;
}

function toTop(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .slice(0, topCodes);
}
