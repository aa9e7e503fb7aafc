import { type ApiClient, pathPart } from '../api-client.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { type ImportView, isFinished } from '../imports/import.js';
import { toImportText } from '../imports/import-text.js';
import { untilInterrupted } from '../interrupt.js';
import type { Money } from '../output/money.js';
import { toList } from '../output/table.js';
import { toExitCode } from '../reprocessing/follow.js';
import { toDifferenceRows } from '../reprocessing/outcome.js';
import { toReprocessText } from '../reprocessing/reprocess-text.js';
import { type ReprocessView, type Started, toWatched } from '../reprocessing/reprocessing.js';
import type { Cli } from '../settings.js';
import { type Watched, watch } from '../watch/watch.js';

export interface RevertOptions {
  reason: string;
  dryRun?: boolean;
  reprocessOrphans?: boolean;
  wait: boolean;
  yes?: boolean;
}

/** Duplicates in other imports that pointed at what is reversed. */
export interface Orphans {
  count: number;
  selection: { filter: { orphanedBy: string } };
}

interface RevertAnswer {
  trackingId: string;
  reverts: string;
  counts: Record<string, number>;
  orphanedDuplicates: Orphans;
  /** Its records are found when the revert has ended. */
  reprocess?: Pick<Started, 'reprocessId'>;
}

interface DryRevert {
  reverts: string;
  counts: Record<string, number>;
  difference: Money;
  testDifference: Money;
  orphanedDuplicates: Orphans;
}

/** The result of `revert --json`; documented in docs/cli.md. */
interface Reverted {
  revert: ImportView;
  orphanedDuplicates: Orphans;
  reprocess: ReprocessView | null;
}

export async function tryRevert({ client, output }: Cli, id: string, options: RevertOptions): Promise<void> {
  const { reason } = options;
  const dryRun = await client.send<DryRevert>('POST', revertPath(id), { reason, dryRun: true });
  output.result(dryRun, () =>
    toList(
      [
        ['import', dryRun.reverts],
        ['records to revert', dryRun.counts.total],
        ...toDifferenceRows(dryRun),
        ['orphaned duplicates', dryRun.orphanedDuplicates.count],
      ],
      output.paint,
    ),
  );
  output.note('Nothing was stored (--dry-run).');
}

/** Has an import reverted, and with `--wait` stays until that and what follows from it has ended. */
export async function revert(cli: Cli, id: string, options: RevertOptions): Promise<ExitCode> {
  const { reason, reprocessOrphans } = options;
  const body = { reason, reprocessOrphans };
  const answer = await cli.client.send<RevertAnswer>('POST', revertPath(id), body);
  if (options.wait) return untilInterrupted(toGoOnText(answer), (signal) => follow(cli, answer, signal));
  cli.output.result(answer, () => toAnswerText(answer));
  return exitCodes.ok;
}

async function follow(cli: Cli, answer: RevertAnswer, signal: AbortSignal): Promise<ExitCode> {
  const { client, output } = cli;
  const done = await watch(toWatchedImport(client, answer.trackingId), signal);
  if (done === null) return exitCodes.interrupted;
  const { orphanedDuplicates, reprocess: started } = answer;
  const reprocess = started ? await watch(toWatched(client, started.reprocessId), signal) : null;
  if (started && reprocess === null) return exitCodes.interrupted;
  const reverted: Reverted = { revert: done, orphanedDuplicates, reprocess };
  output.result(reverted, () =>
    [
      toImportText(done, output.paint),
      toOrphansText(answer),
      reprocess && toReprocessText(reprocess, output.paint),
    ]
      .filter((part) => part !== null)
      .join('\n\n'),
  );
  return reprocess === null ? exitCodes.ok : toExitCode(reprocess);
}

function toWatchedImport(client: ApiClient, trackingId: string): Watched<ImportView> {
  return {
    read: () => client.get<ImportView>(`/imports/${pathPart(trackingId)}`),
    isFinished,
    toReached: ({ counts }) => ({
      done: counts.total - counts.pending,
      total: counts.total,
      text: 'reverting',
    }),
  };
}

function toAnswerText(answer: RevertAnswer): string {
  const lines = [`Reverting ${answer.reverts} by the import ${answer.trackingId}.`, toOrphansText(answer)];
  if (answer.reprocess)
    lines.push(
      `What it orphans is decided again when it has ended: reprocessing ${answer.reprocess.reprocessId}.`,
    );
  return lines.filter((line) => line !== null).join('\n');
}

/** The line that has orphans decided again. */
export const toReprocessCommand = ({ selection }: Orphans): string =>
  `  feedmill reprocess --orphaned-by ${selection.filter.orphanedBy} --mode all --reason "..."`;

function toOrphansText({ orphanedDuplicates, reprocess }: RevertAnswer): string | null {
  const { count } = orphanedDuplicates;
  if (count === 0) return null;
  const orphans = `${count === 1 ? 'One duplicate' : `${count} duplicates`} in other imports pointed at what is reversed`;
  if (reprocess) return `${orphans}.`;
  return [
    `${orphans}: that usage is nowhere then. To have it count:`,
    toReprocessCommand(orphanedDuplicates),
  ].join('\n');
}

function toGoOnText({ trackingId, reprocess }: RevertAnswer): string {
  const lines = [
    'No longer watching; the revert goes on. To watch it again:',
    `  feedmill import ${trackingId} --watch`,
  ];
  if (reprocess) lines.push(`  feedmill reprocess status ${reprocess.reprocessId} --watch`);
  return lines.join('\n');
}

function revertPath(trackingId: string): string {
  return `/admin/imports/${pathPart(trackingId)}/revert`;
}
