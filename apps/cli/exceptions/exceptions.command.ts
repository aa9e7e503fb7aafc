import type { Command } from 'commander';
import { addExplain } from '../explain/explain.command.js';
import { addCorrect } from './correct.js';
import { addDiscard, addReopen } from './discard.js';
import { addExport } from './export.js';
import { addGroups } from './groups.js';
import { addList } from './list.js';
import { addResolve } from './resolve.js';
import { addShow } from './show.js';

const help = `
Without a command they are listed, newest first; with --json all of each.

Examples:
  $ feedmill exceptions --feed usageCsv --status open
  $ feedmill exceptions groups --status open
  $ feedmill exceptions show e17-3
  $ feedmill exceptions explain e17-3
  $ feedmill exceptions correct e17-3 --edit
  $ feedmill exceptions discard --code identifier_not_found --feed testCsv --reason "test numbers"
  $ feedmill exceptions export -o exceptions.csv
  $ feedmill exceptions --code rate_not_found --all --json | jq -r .raw`;

export function addExceptionsCommand(program: Command): void {
  const exceptions = program
    .command('exceptions')
    .summary('list and correct records that could not become usage')
    .description(
      'Records that were rejected, each with its code and message: shows, corrects, discards them.',
    )
    .usage('[filters] | groups | show <id> | explain <id> | correct | discard | reopen | resolve | export')
    .addHelpText('after', help);
  addList(exceptions);
  addGroups(exceptions);
  addShow(exceptions);
  addExplain(exceptions, '/exceptions', 'the exception: e17-3');
  addCorrect(exceptions);
  addDiscard(exceptions);
  addReopen(exceptions);
  addResolve(exceptions);
  addExport(exceptions);
}
