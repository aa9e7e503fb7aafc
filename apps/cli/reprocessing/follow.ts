import { type ExitCode, exitCodes } from '../exit-codes.js';
import { untilInterrupted } from '../interrupt.js';
import type { Cli } from '../settings.js';
import { watch } from '../watch/watch.js';
import { toReprocessText } from './reprocess-text.js';
import { type ReprocessView, toWatched } from './reprocessing.js';

/** Stays until a reprocessing has ended, and shows what it came to. Ctrl-C ends the watching, not the reprocessing. */
export async function followReprocess(cli: Cli, id: string): Promise<ExitCode> {
  return untilInterrupted(toGoOnText(id), async (signal) => {
    const view = await watch(toWatched(cli.client, id), signal);
    if (view === null) return exitCodes.interrupted;
    showReprocess(cli, view);
    return toExitCode(view);
  });
}

export function showReprocess({ output }: Cli, view: ReprocessView): void {
  output.result(view, () => toReprocessText(view, output.paint));
}

export function toExitCode({ status, verdicts }: ReprocessView): ExitCode {
  if (status === 'cancelled') return exitCodes.server;
  return verdicts.exception > 0 ? exitCodes.exceptions : exitCodes.ok;
}

export function toGoOnText(id: string): string {
  return [
    'No longer watching; the reprocessing goes on. To watch it again, or to stop it:',
    `  feedmill reprocess status ${id} --watch`,
    `  feedmill reprocess cancel ${id}`,
  ].join('\n');
}
