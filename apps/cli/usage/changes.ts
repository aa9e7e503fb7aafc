import type { Command } from 'commander';
import { toInteger } from '../option-parsers.js';
import { toTable } from '../output/table.js';
import { type Cli, toCli } from '../settings.js';
import { entryColumns } from './entry-text.js';
import type { UsageView } from './entry.js';

interface ChangesOptions {
  feed?: string;
  cursor?: string;
  limit: number;
  all?: boolean;
}

/** A piece of the ledger in its own order. */
interface Changes {
  items: UsageView[];
  nextCursor: string;
  hasMore: boolean;
  expired: boolean;
}

export function addChanges(usage: Command): void {
  usage
    .command('changes')
    .description('Follows the ledger in its own order: every entry once, for billing systems.')
    .option('--feed <feed>', 'of one feed (API name or id); its cursors are its own')
    .option('--cursor <cursor>', 'go on where an earlier call ended')
    .option('--limit <number>', 'entries of one call', toInteger(1, 1000), 1000)
    .option('--all', 'until there is nothing more for now; with --json one entry a line')
    .action(async (options: ChangesOptions, command: Command) => {
      const cli = toCli(command);
      if (options.all) await showAll(cli, options);
      else showPiece(cli, await read(cli, options, options.cursor));
    });
}

function read(
  { client }: Cli,
  { feed, limit }: ChangesOptions,
  cursor: string | undefined,
): Promise<Changes> {
  return client.get<Changes>('/usage/changes', { feed, limit, cursor });
}

function showPiece(cli: Cli, changes: Changes): void {
  cli.output.result(changes, () => toText(cli, changes));
  if (!cli.output.isJson) noteEnd(cli, changes);
}

async function showAll(cli: Cli, options: ChangesOptions): Promise<void> {
  const { output } = cli;
  let changes: Changes;
  let cursor = options.cursor;
  do {
    changes = await read(cli, options, cursor);
    cursor = changes.nextCursor;
    if (output.isJson) for (const item of changes.items) output.line(item, () => '');
    else if (changes.items.length > 0 || !changes.hasMore) output.result(changes, () => toText(cli, changes));
    if (changes.expired) output.note('Entries before these have left by retention; they were not read.');
  } while (changes.hasMore);
  noteEnd(cli, changes);
}

function toText({ output }: Cli, { items }: Changes): string {
  return items.length === 0 ? 'Nothing new.' : toTable(entryColumns, items, output.paint);
}

function noteEnd({ output }: Cli, { nextCursor, hasMore }: Changes): void {
  output.note(`${hasMore ? 'There is more' : 'To go on later'}: --cursor ${nextCursor}`);
}
