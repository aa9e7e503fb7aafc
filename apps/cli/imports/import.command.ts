import type { Command } from 'commander';
import { pathPart } from '../api-client.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { toJson } from '../json.js';
import { sleep, withRetry } from '../retry.js';
import { type Cli, toCli } from '../settings.js';
import { toImportText, toProgressText } from './import-text.js';
import { type ImportView, isFinished } from './import.js';

const pollEveryMs = 500;

const help = `
Exit code with --watch: 1 when records became exceptions, else 0.

Examples:
  $ feedmill import 01890a5d-ac96-774b-bcce-b302099a8057
  $ feedmill import 01890a5d-ac96-774b-bcce-b302099a8057 --watch
  $ feedmill import 01890a5d-ac96-774b-bcce-b302099a8057 --json | jq .reasons.exception`;

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .summary('show one import: counts and reasons')
    .description(
      'Shows one import: its state, the verdicts of its records, and why records were rejected or skipped.',
    )
    .argument('<tracking-id>', 'the tracking id that the post was answered with')
    .option('--watch', 'stay until it is finished; with --json a line for each change')
    .addHelpText('after', help)
    .action(async (trackingId: string, options: { watch?: boolean }, command: Command) => {
      const cli = toCli(command);
      if (options.watch) process.exitCode = await watch(cli, trackingId);
      else await show(cli, await read(cli, trackingId));
    });
}

async function read({ client }: Cli, trackingId: string): Promise<ImportView> {
  return client.get<ImportView>(`/imports/${pathPart(trackingId)}`);
}

async function show({ output }: Cli, view: ImportView): Promise<void> {
  output.result(view, () => toImportText(view, output.paint));
}

async function watch(cli: Cli, trackingId: string): Promise<ExitCode> {
  const { output } = cli;
  let view = await read(cli, trackingId);
  for (let shown = ''; ; view = await withRetry(() => read(cli, trackingId))) {
    const state = toJson(view);
    if (state !== shown) showChange(cli, view);
    if (isFinished(view)) break;
    shown = state;
    await sleep(pollEveryMs);
  }
  if (!output.isJson) {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    await show(cli, view);
  }
  return view.counts.exception > 0 ? exitCodes.exceptions : exitCodes.ok;
}

/** A running import takes one line of a terminal, written over; elsewhere each change is a line. */
function showChange({ output }: Cli, view: ImportView): void {
  if (output.isJson) output.line(view, () => '');
  else if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${toProgressText(view)}`);
  else if (!isFinished(view)) output.note(toProgressText(view));
}
