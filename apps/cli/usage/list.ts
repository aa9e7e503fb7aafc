import type { Command } from 'commander';
import { pathPart } from '../api-client.js';
import { showDefaultOptions } from '../default-command.js';
import { type Filter, addListOptions, toQuery } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import { toCli } from '../settings.js';
import { entryColumns, toEntryText } from './entry-text.js';
import type { UsageView } from './entry.js';

/** What narrows usage down, in lists and totals. */
export const entryFilters: Filter[] = [
  { flags: '--feed <feed>', text: 'of one feed (API name or id)' },
  { flags: '--account <id>', text: 'of one account' },
  { flags: '--service <id>', text: 'of one service' },
  { flags: '--from <time>', text: 'dated at or after this time (2026-05-01T00:00:00Z)' },
  { flags: '--to <time>', text: 'dated before this time' },
  { flags: '--usage-key <key>', text: 'of one usage key' },
  { flags: '--usage-identifier <id>', text: 'of one usage identifier' },
  { flags: '--tracking-id <id>', text: 'of the records of one import' },
];

const filters: Filter[] = [
  ...entryFilters,
  { flags: '--live <true|false>', text: 'only what has not been reversed (true), or what has' },
  { flags: '--mode <live|test>', text: 'only live usage, or test usage, which is in no total' },
];

export function addList(usage: Command): void {
  const list = usage
    .command('list', { isDefault: true })
    .description('Lists entries of the ledger, newest first: usage and reversals.');
  showDefaultOptions(usage, list);
  addListOptions(list, filters).action(async (options: ListOptions, command: Command) => {
    const query = toQuery(command, filters);
    await showList(
      toCli(command),
      { path: '/usage', query, columns: entryColumns, emptyText: 'No usage.' },
      options,
    );
  });
}

export function addShow(usage: Command): void {
  usage
    .command('show')
    .description('Shows one entry of the ledger.')
    .argument('<id>', 'the entry: u17-0-0-1')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { client, output } = toCli(command);
      const entry = await client.get<UsageView>(`/usage/${pathPart(id)}`);
      output.result(entry, () => toEntryText(entry, output.paint));
    });
}
