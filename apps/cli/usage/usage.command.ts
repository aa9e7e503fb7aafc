import type { Command } from 'commander';
import { addExplain } from '../explain/explain.command.js';
import { addChanges } from './changes.js';
import { addAmend, addVoid } from './correct.js';
import { addList, addShow } from './list.js';
import { addTotals } from './totals.js';

const help = `
Without a command it is listed, newest first: usage and reversals.

Examples:
  $ feedmill usage --account acct-100045 --live true
  $ feedmill usage show u17-0-0-1
  $ feedmill usage explain u17-0-0-1
  $ feedmill usage totals --group-by account,day --from 2026-05-01T00:00:00Z --to 2026-06-01T00:00:00Z
  $ feedmill usage totals --as-of 2026-05-31T23:59:59Z --json | jq -r '.items[].amount'
  $ feedmill usage changes --all --json > entries.ndjson
  $ feedmill usage void u17-0-0-1 --reason "test call"
  $ feedmill usage amend u17-0-0-1 --raw @record.json --reason "duration as in the invoice"`;

export function addUsageCommand(program: Command): void {
  const usage = program
    .command('usage')
    .summary('list, add up and correct the ledger')
    .description('The ledger: usage and reversals, their sums, and corrections of single records.')
    .usage('[filters] | show <id> | explain <id> | totals | changes | void <id> | amend <id>')
    .addHelpText('after', help);
  addList(usage);
  addShow(usage);
  addExplain(usage, '/usage', 'the entry: u17-0-0-1');
  addTotals(usage);
  addChanges(usage);
  addVoid(usage);
  addAmend(usage);
}
