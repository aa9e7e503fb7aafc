import type { Command } from 'commander';
import { type Filter, addListOptions, toQuery } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import type { Column } from '../output/table.js';
import { toCli } from '../settings.js';

/** An exception as the API shows it; only what the table has. */
interface ExceptionView {
  id: string;
  trackingId: string;
  index: number;
  stage: string;
  step: string | null;
  code: string;
  field: string | null;
  message: string;
  usageKey: string | null;
  status: string;
  createdAt: string;
}

const filters: Filter[] = [
  { flags: '--feed <feed>', text: 'of one feed (API name or id)' },
  { flags: '--tracking-id <id>', text: 'of one import' },
  { flags: '--stage <stage>', text: 'decode, mediate, resolve, rate or store' },
  { flags: '--code <code>', text: 'such as rate_not_found' },
  { flags: '--step <step>', text: 'of one step of the profile' },
  { flags: '--field <field>', text: 'about one field' },
  { flags: '--status <status>', text: 'open, reprocessed, superseded or discarded' },
  { flags: '--identifier <value>', text: 'of one identifier' },
  { flags: '--usage-key <key>', text: 'of one usage key' },
  { flags: '--from <time>', text: 'created at or after this time (2026-05-01T00:00:00Z)' },
  { flags: '--to <time>', text: 'created before this time' },
  { flags: '--q <text>', text: 'with this text' },
];

const columns: Column<ExceptionView>[] = [
  { title: 'id', value: (exception) => exception.id },
  { title: 'created', value: (exception) => exception.createdAt },
  { title: 'index', value: (exception) => exception.index },
  { title: 'stage', value: (exception) => exception.stage },
  { title: 'code', value: (exception) => exception.code, colour: () => 'red' },
  { title: 'field', value: (exception) => exception.field, maxWidth: 30 },
  { title: 'usage key', value: (exception) => exception.usageKey, maxWidth: 40 },
  { title: 'status', value: (exception) => exception.status },
  { title: 'message', value: (exception) => exception.message, maxWidth: 100 },
];

const help = `
With --json each exception has its raw record, the record as far as it came, and all details.

Examples:
  $ feedmill exceptions --feed usageCsv --status open
  $ feedmill exceptions --tracking-id 01890a5d-ac96-774b-bcce-b302099a8057
  $ feedmill exceptions --code rate_not_found --all --json | jq -r .raw`;

export function addExceptionsCommand(program: Command): void {
  const exceptions = program
    .command('exceptions')
    .summary('list records that could not become usage')
    .description(
      'Lists exceptions, newest first: records that were rejected, each with its code and message.',
    )
    .addHelpText('after', help);
  addListOptions(exceptions, filters).action(async (options: ListOptions, command: Command) => {
    const list = {
      path: '/exceptions',
      query: toQuery(command, filters),
      columns,
      emptyText: 'No exceptions.',
    };
    await showList(toCli(command), list, options);
  });
}
