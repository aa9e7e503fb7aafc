import type { Command } from 'commander';
import { confirm } from '../confirm.js';
import { addSelectionOptions } from '../selection/selection-options.js';
import {
  type Selection,
  type SelectionOptions,
  describeSelection,
  isOne,
  toSelection,
} from '../selection/selection.js';
import { type Cli, toCli } from '../settings.js';
import { type StateChange, toStateChangeText } from './state-change.js';

interface StateOptions extends SelectionOptions {
  reason: string;
  dryRun?: boolean;
  yes?: boolean;
}

const discardHelp = `
A discarded exception stays to be read, and is never billed; \`reopen\` takes it back.

Examples:
  $ feedmill exceptions discard e17-3 --reason "test call"
  $ feedmill exceptions discard --code identifier_not_found --feed testCsv --reason "test numbers" --dry-run
  $ feedmill exceptions discard --fingerprint 0f3c... --reason "old SIM cards" --yes`;

const reopenHelp = `
Examples:
  $ feedmill exceptions reopen e17-3 --reason "was no test call"
  $ feedmill exceptions reopen --import 01890a5d-ac96-774b-bcce-b302099a8057 --reason "discarded by mistake"`;

export function addDiscard(exceptions: Command): void {
  addStateChange(exceptions.command('discard').description('Gives exceptions up, with a reason.'))
    .option('--yes', 'do not ask first where they may be many')
    .addHelpText('after', discardHelp)
    .action(async (ids: string[], options: StateOptions, command: Command) => {
      const cli = toCli(command);
      const selection = toSelection(options, ids);
      if (!options.dryRun && !options.yes && !isOne(selection))
        await askFirst(cli, selection, options.reason);
      await change(cli, 'discard', selection, options);
    });
}

export function addReopen(exceptions: Command): void {
  addStateChange(
    exceptions.command('reopen').description('Takes the discarding of exceptions back: they are open again.'),
  )
    .addHelpText('after', reopenHelp)
    .action(async (ids: string[], options: StateOptions, command: Command) => {
      await change(toCli(command), 'reopen', toSelection(options, ids), options);
    });
}

function addStateChange(command: Command): Command {
  return addSelectionOptions(
    command
      .argument('[id...]', 'exceptions: e17-3')
      .requiredOption('--reason <text>', 'why; kept with them')
      .option('--dry-run', 'show how many it would be, store nothing'),
  );
}

async function askFirst({ client }: Cli, selection: Selection, reason: string): Promise<void> {
  const body = { selection, reason, dryRun: true };
  const { changed } = await client.send<StateChange>('POST', '/exceptions/discard', body);
  await confirm(`Discard ${changed} exceptions of ${describeSelection(selection)}?`);
}

async function change(
  { client, output }: Cli,
  what: 'discard' | 'reopen',
  selection: Selection,
  { reason, dryRun }: StateOptions,
): Promise<void> {
  const body = { selection, reason, dryRun };
  const answer = await client.send<StateChange>('POST', `/exceptions/${what}`, body);
  output.result(answer, () => toStateChangeText(answer, `${what}ed`, output.paint));
  if (dryRun) output.note('Nothing was stored (--dry-run).');
}
