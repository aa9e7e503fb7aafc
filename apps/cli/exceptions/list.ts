import type { Command } from 'commander';
import { showDefaultOptions } from '../default-command.js';
import { type Filter, addListOptions, toQuery } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import type { Column } from '../output/table.js';
import { toCli } from '../settings.js';
import type { ExceptionView } from './exception.js';

/** What narrows exceptions down, in lists and exports. */
export const exceptionFilters: Filter[] = [
  { flags: '--feed <feed>', text: 'of one feed (API name or id)' },
  { flags: '--tracking-id <id>', text: 'of one import' },
  { flags: '--stage <stage>', text: 'decode, mediate, resolve, rate or store' },
  { flags: '--code <code>', text: 'such as rate_not_found' },
  { flags: '--step <step>', text: 'of one step of the profile' },
  { flags: '--field <field>', text: 'about one field' },
  { flags: '--status <status>', text: 'open, reprocessed, superseded or discarded' },
  { flags: '--identifier <value>', text: 'of one identifier' },
  { flags: '--usage-key <key>', text: 'of one usage key' },
  { flags: '--fingerprint <fingerprint>', text: 'of one group' },
  { flags: '--healed-by <change>', text: 'what a change of reference data can heal, by its changeId' },
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

export function addList(exceptions: Command): void {
  const list = exceptions
    .command('list', { isDefault: true })
    .description('Lists exceptions, newest first; with --json all of each.');
  showDefaultOptions(exceptions, list);
  addListOptions(list, exceptionFilters).action(async (options: ListOptions, command: Command) => {
    const query = toQuery(command, exceptionFilters);
    const emptyText = 'No exceptions.';
    await showList(toCli(command), { path: '/exceptions', query, columns, emptyText }, options);
  });
}
