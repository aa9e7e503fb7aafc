import type { Command } from 'commander';
import { type Filter, addListOptions, toQuery } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import type { Column } from '../output/table.js';
import { toCli } from '../settings.js';
import type { ImportView } from './import.js';

const filters: Filter[] = [
  { flags: '--feed <feed>', text: 'of one feed (API name or id)' },
  { flags: '--status <status>', text: 'queued, processing, completed or failed' },
  { flags: '--channel <channel>', text: 'api, file, reprocess or revert' },
  { flags: '--source <name>', text: 'where the records came from, such as a file name' },
  { flags: '--from <time>', text: 'submitted at or after this time (2026-05-01T00:00:00Z)' },
  { flags: '--to <time>', text: 'submitted before this time' },
  { flags: '--submitted-by <key>', text: 'sent with this key (its name or id)' },
];

const columns: Column<ImportView>[] = [
  { title: 'submitted', value: (view) => view.submittedAt },
  { title: 'tracking id', value: (view) => view.trackingId },
  { title: 'feed', value: (view) => view.feed.apiName },
  { title: 'source', value: (view) => view.source, maxWidth: 40 },
  { title: 'channel', value: (view) => view.channel },
  {
    title: 'status',
    value: (view) => view.status,
    colour: (view) => (view.status === 'failed' ? 'red' : null),
  },
  { title: 'total', value: (view) => view.counts.total },
  { title: 'imported', value: (view) => view.counts.imported },
  {
    title: 'exception',
    value: (view) => view.counts.exception,
    colour: (view) => (view.counts.exception > 0 ? 'red' : null),
  },
  { title: 'skipped', value: (view) => view.counts.skipped },
  { title: 'duplicate', value: (view) => view.counts.duplicate },
  { title: 'pending', value: (view) => view.counts.pending },
];

const help = `
Examples:
  $ feedmill imports --feed usageCsv --status processing
  $ feedmill imports --from 2026-05-01T00:00:00Z --all --json | jq -r .trackingId`;

export function addImportsCommand(program: Command): void {
  const imports = program
    .command('imports')
    .summary('list imports, newest first')
    .description('Lists the import history, newest first: one import for each request, file or reprocessing.')
    .addHelpText('after', help);
  addListOptions(imports, filters).action(async (options: ListOptions, command: Command) => {
    const emptyText = 'No imports.';
    await showList(
      toCli(command),
      { path: '/imports', query: toQuery(command, filters), columns, emptyText },
      options,
    );
  });
}
