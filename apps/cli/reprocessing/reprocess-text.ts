import { type Column, toList, toTable } from '../output/table.js';
import type { Paint } from '../output/terminal.js';
import { type Ineligible, type Outcome, toIneligibleText, toOutcomeParts } from './outcome.js';
import type { ReprocessImport, ReprocessView, Started } from './reprocessing.js';

/** What a reprocessing would come to. */
export interface DryRun extends Outcome {
  eligible: number;
  ineligible: Ineligible[];
}

const importColumns: Column<ReprocessImport>[] = [
  { title: 'import', value: (each) => each.trackingId },
  { title: 'feed', value: (each) => each.feed.apiName },
  { title: 'profile version', value: (each) => each.profileVersion },
  { title: 'status', value: (each) => each.status },
  { title: 'records', value: (each) => each.total },
  { title: 'pending', value: (each) => each.pending },
];

/** A reprocessing for a terminal: what it is, what its records came to, and the imports that it consists of. */
export function toReprocessText(view: ReprocessView, paint: Paint): string {
  return joined([
    toList(
      [
        ['reprocessing', view.reprocessId],
        ['status', view.status],
        ['requested', `${view.requestedAt} by ${view.requestedBy}`],
        ['reason', view.reason],
        ['records', view.eligible],
        ['pending', view.pending === 0 ? null : view.pending],
      ],
      paint,
    ),
    ...toOutcomeParts(view, paint),
    toIneligibleText(view.ineligible, paint),
    toTable(importColumns, view.imports, paint),
  ]);
}

export function toDryRunText(dryRun: DryRun, paint: Paint): string {
  return joined([
    toList([['records', dryRun.eligible]], paint),
    ...toOutcomeParts(dryRun, paint),
    toIneligibleText(dryRun.ineligible, paint),
  ]);
}

export function toStartedText(started: Started, paint: Paint): string {
  return joined([
    toList(
      [
        ['reprocessing', started.reprocessId],
        ['records', started.eligible],
        ...started.imports.map((id) => ['import', id] as const),
      ],
      paint,
    ),
    toIneligibleText(started.ineligible, paint),
  ]);
}

function joined(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join('\n\n');
}
