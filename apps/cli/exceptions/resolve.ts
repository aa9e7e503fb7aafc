import { type Command, Option } from 'commander';
import { confirm } from '../confirm.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import type { Paint } from '../output/terminal.js';
import { followReprocess } from '../reprocessing/follow.js';
import { type DryRun, toDryRunText, toStartedText } from '../reprocessing/reprocess-text.js';
import type { Started } from '../reprocessing/reprocessing.js';
import { addSelectionOptions } from '../selection/selection-options.js';
import { type SelectionOptions, describeSelection, isOne, toSelection } from '../selection/selection.js';
import { type Cli, toCli } from '../settings.js';
import { type StateChange, toStateChangeText } from './state-change.js';

interface ResolveOptions extends SelectionOptions {
  resolution: 'replace' | 'keep';
  reason: string;
  dryRun?: boolean;
  wait: boolean;
  yes?: boolean;
}

const help = `
A conflict is a record whose usage key is live with other usage. \`replace\` reverses the live entry and
posts this record; \`keep\` leaves the ledger as it is and discards this record.

Examples:
  $ feedmill exceptions resolve e17-3 --resolution replace --reason "the second reading is right" --dry-run
  $ feedmill exceptions resolve --feed meterCsv --resolution keep --reason "resent by mistake" --yes`;

export function addResolve(exceptions: Command): void {
  const resolve = exceptions
    .command('resolve')
    .description('Decides conflicts of usage keys: which of two records counts.')
    .argument('[id...]', 'exceptions of code usage_key_conflict: e17-3')
    .addOption(
      new Option('--resolution <resolution>', 'which one counts')
        .choices(['replace', 'keep'])
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why; kept with them')
    .option('--dry-run', 'show what it would come to, store nothing')
    .option('--no-wait', 'do not wait for the end of a replacement')
    .option('--yes', 'do not ask first where they may be many');
  addSelectionOptions(resolve)
    .addHelpText('after', help)
    .action(async (ids: string[], options: ResolveOptions, command: Command) => {
      process.exitCode = await decide(toCli(command), ids, options);
    });
}

async function decide(cli: Cli, ids: string[], options: ResolveOptions): Promise<ExitCode> {
  const { resolution, reason, dryRun } = options;
  const selection = toSelection(options, ids);
  if (!dryRun && !isOne(selection)) {
    const question = `Resolve (${resolution}) the conflicts of ${describeSelection(selection)}?`;
    await confirm(question, options.yes);
  }
  const body = { selection, resolution, reason, dryRun };
  const answer = await cli.client.send<StateChange | DryRun | Started>('POST', '/exceptions/resolve', body);
  if ('reprocessId' in answer && options.wait) return followReprocess(cli, answer.reprocessId);
  cli.output.result(answer, () => toText(answer, cli.output.paint));
  if (dryRun) cli.output.note('Nothing was stored (--dry-run).');
  return exitCodes.ok;
}

/** What is kept is done with the answer; what replaces is a reprocessing. */
function toText(answer: StateChange | DryRun | Started, paint: Paint): string {
  if ('matched' in answer) return toStateChangeText(answer, 'discarded', paint);
  return 'reprocessId' in answer ? toStartedText(answer, paint) : toDryRunText(answer, paint);
}
