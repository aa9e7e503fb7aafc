import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { addSelectionOptions } from '../selection/selection-options.js';
import { filterNames } from '../selection/selection.js';
import { toCli } from '../settings.js';
import { type CorrectManyOptions, correctMany } from './correct-many.js';
import { type CorrectOneOptions, correctOne } from './correct-one.js';

type CorrectOptions = CorrectOneOptions & CorrectManyOptions;

const help = `
What was sent stays as it is: a correction is a revision beside it, and the last one is what is
decided again by \`feedmill reprocess\`. Numbers keep the digits that you write.

A patch is a JSONata expression over the record ($; a row is a text): it gives the whole record as
it should have been sent. Exit code 1: some could not be corrected.

Examples:
  $ feedmill exceptions correct e17-3 --edit --note "number as ported"
  $ feedmill exceptions correct e17-3 --raw @record.json
  $ feedmill exceptions correct e17-3 --raw '2022-05-01T01:01:00,Unknown,4038675309,...'
  $ feedmill exceptions correct --code identifier_not_found --feed usageJson --dry-run \\
      --patch '$merge([$, {"OriginatingIdentifier": "acct-" & OriginatingIdentifier}])'`;

export function addCorrect(exceptions: Command): void {
  const correct = exceptions
    .command('correct')
    .description('Corrects the record of one exception, or of many by an expression.')
    .argument('[id]', 'the exception, where it is one: e17-3')
    .option('--raw <record>', 'what the record is now: @FILE, @- for standard input, or the text itself')
    .option('--edit', 'change the record in $VISUAL or $EDITOR')
    .option('--patch <expression>', 'of many: JSONata from the record to the corrected one, or @FILE')
    .option('--note <text>', 'kept with the revision')
    .option('--dry-run', 'with --patch: show before and after of some, store nothing');
  addSelectionOptions(correct)
    .addHelpText('after', help)
    .action(async (id: string | undefined, options: CorrectOptions, command: Command) => {
      const cli = toCli(command);
      if (isOfMany(id, options)) process.exitCode = await correctMany(cli, options);
      else if (id !== undefined && !selects(options)) await correctOne(cli, id, options);
      else
        throw new UsageError(
          'either one exception by its ID with --raw or --edit, or a selection with --patch',
        );
    });
}

function isOfMany(id: string | undefined, { raw, edit }: CorrectOptions): boolean {
  return id === undefined && raw === undefined && !edit;
}

/** Whether something was said that is about many. */
function selects(options: CorrectOptions): boolean {
  const names = ['patch', 'dryRun', 'import', 'exception', 'healedBy', ...filterNames] as const;
  return names.some((name) => options[name] !== undefined);
}
