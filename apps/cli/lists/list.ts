import type { ApiClient, Query } from '../api-client.js';
import { type Column, toTable } from '../output/table.js';
import type { Cli } from '../settings.js';

/** One page of an API list. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

export interface ListOptions {
  limit: number;
  cursor?: string;
  all?: boolean;
}

export interface List<Item> {
  path: string;
  query: Query;
  columns: readonly Column<Item>[];
  /** Said instead of a table without rows. */
  emptyText: string;
}

/**
 * Shows one page of a list, or with `all` every page. As JSON a page is the API's own document, and all pages are
 * NDJSON with one item a line.
 */
export async function showList<Item>(cli: Cli, list: List<Item>, options: ListOptions): Promise<void> {
  if (options.all) return showAll(cli, list, options);
  const query = { ...list.query, limit: options.limit, cursor: options.cursor };
  const page = await cli.client.get<Page<Item>>(list.path, query);
  cli.output.result(page, () => toPageText(cli, list, page));
  if (page.nextCursor !== null && !cli.output.isJson) {
    cli.output.note(
      `There are more: --cursor ${page.nextCursor} shows the next page, --all shows everything.`,
    );
  }
}

async function showAll<Item>(cli: Cli, list: List<Item>, options: ListOptions): Promise<void> {
  for await (const page of readPages<Item>(cli.client, list, options)) {
    if (!cli.output.isJson) cli.output.result(page, () => toPageText(cli, list, page));
    else for (const item of page.items) cli.output.line(item, () => '');
  }
}

async function* readPages<Item>(
  client: ApiClient,
  list: List<Item>,
  options: ListOptions,
): AsyncGenerator<Page<Item>> {
  let cursor: string | null | undefined = options.cursor;
  do {
    const page: Page<Item> = await client.get(list.path, {
      ...list.query,
      limit: 1000,
      cursor: cursor ?? undefined,
    });
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

function toPageText<Item>(cli: Cli, list: List<Item>, page: Page<Item>): string {
  return page.items.length === 0 ? list.emptyText : toTable(list.columns, page.items, cli.output.paint);
}
