import { toList } from '../output/table.js';
import type { Paint } from '../output/terminal.js';
import { type ImportView, countNames, isFinished } from './import.js';

/** One import for a terminal: what it is, how far it came, and why records were rejected or skipped. */
export function toImportText(view: ImportView, paint: Paint): string {
  const parts = [
    toList(
      [
        ['import', view.trackingId],
        ['feed', `${view.feed.apiName} (${view.feed.id}, ${view.feed.name})`],
        ['profile', view.profile === null ? null : `${view.profile.name} version ${view.profile.version}`],
        ['source', view.source],
        ['channel', view.channel],
        ['operation', view.operation],
        ['reason', view.reason],
        ['status', view.status],
        ['submitted', `${view.submittedAt}${view.submittedBy === null ? '' : ` by ${view.submittedBy}`}`],
        ['started', view.startedAt],
        ['ended', view.endedAt],
        ['error', view.error === null ? null : `${view.error.code}: ${view.error.message}`],
        ['corrects', view.reprocessOf],
        ['reverted by', view.revertedBy],
      ],
      paint,
    ),
    `${paint.in('bold', 'Verdicts')}\n${toList(
      countNames.map((name) => [name, view.counts[name]]),
      paint,
    )}`,
    toCountsText('Exceptions', view.reasons?.exception, paint),
    toCountsText('Skipped', view.reasons?.skipped, paint),
    isFinished(view) ? toCountsText('Now', view.now, paint) : null,
  ];
  return parts.filter((part) => part !== null).join('\n\n');
}

/** An import that is running, on one line. */
export function toProgressText(view: ImportView): string {
  const { counts } = view;
  const decided = counts.total - counts.pending;
  const percent = counts.total === 0 ? 100 : Math.floor((100 * decided) / counts.total);
  const verdicts = countNames.filter((name) => name !== 'total').map((name) => `${name} ${counts[name]}`);
  return `${view.status} ${percent} % of ${counts.total}: ${verdicts.join(', ')}`;
}

/** Counts by name under a title, the most frequent first; null where there are none. */
export function toCountsText(
  title: string,
  counts: Record<string, number | null> | undefined,
  paint: Paint,
): string | null {
  const known = Object.entries(counts ?? {}).filter((pair): pair is [string, number] => pair[1] !== null);
  const pairs = known.sort((a, b) => b[1] - a[1]);
  return pairs.length === 0 ? null : `${paint.in('bold', title)}\n${toList(pairs, paint)}`;
}
