import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { ChangedBy } from '../admin/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  type ListValues,
  type Page,
  Problem,
  type ProblemDetail,
  badParameter,
  pageOf,
  readCursor,
  toRfc3339,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import type { ChangeAnswer } from './change-answer.js';
import { ChangeStore, requireNone } from './change-store.js';
import { toMomentOrNull } from './identifier-view.js';
import { type WrittenHead, columnsWith, nameProblems, readKey, readTableRows } from './read-table.js';
import type { TableFilters } from './reference-queries.js';
import { readTimeZone } from './row-reader.js';
import { type TableRecord, countTableRows, liveTableRows, writeTable, writeTableRows } from './table-rows.js';
import type { TableRowView, TableView } from './table-view.js';
import {
  type IncomingTableRow,
  type LiveTableRow,
  MAX_TABLE_ROWS,
  TABLE_NAME,
  TABLE_TOO_LARGE,
} from './table.js';
import { type RowChange, addClashes, overlapsInGroups, planClose, planUpsert } from './versioned-rows.js';
import type { WrittenRow } from './written-rows.js';

const INVALID = 'invalid_table';

/** A table as it came, from a request or from a file. */
export interface WrittenTable extends WrittenHead {
  readonly rows: readonly WrittenRow[];
  readonly timeZone: unknown;
  /** Where `timeZone` does not say it, the zone of the rows' bare dates; the table's unless given. */
  readonly datesIn?: string;
  /** What was found wrong on the way here. */
  readonly problems: ProblemDetail[];
}

/** What a change wants of a table: its zone, and as far as they are concerned the rows there and those to come. */
export interface Concerned {
  readonly zone: string;
  readonly live: readonly LiveTableRow[];
  readonly incoming: readonly IncomingTableRow[];
}
type Choose = (client: pg.PoolClient, table: TableRecord, wanted: Concerned) => Promise<Concerned>;

interface StoredRow {
  readonly id: number;
  readonly cells: Record<string, string>;
  readonly valid_from: string;
  readonly valid_to: string;
}

/** Tables for look-ups: rows of texts, known by the columns of a key and by date. */
@Injectable()
export class TablesService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly store: ChangeStore,
  ) {}

  /**
   * Creates the table where there is none, and brings in its rows.
   * @param choose may leave rows out of the change, and the zone as it is
   * @throws Problem 422 `invalid_table` with every problem and its row, 422 `table_too_large`, 409 `key_fixed`
   */
  async upsert(
    by: ChangedBy,
    name: string,
    written: WrittenTable,
    choose: Choose = async (_, __, wanted) => wanted,
  ): Promise<ChangeAnswer> {
    const { key, incoming, ...read } = this.read(name, written, await this.find(this.pool, name));
    addClashes(incoming, overlapsInGroups, written.problems);
    requireNone(INVALID, written.problems);
    return this.store.change<IncomingTableRow>(by, INVALID, async (client, problems) => {
      const table = await this.find(client, name);
      requireKey(table, key);
      const { zone, ...rows } = table
        ? await choose(client, table, { ...read, live: await liveOf(client, table, incoming), incoming })
        : { ...read, live: [], incoming };
      const change = planUpsert(rows.live, rows.incoming, overlapsInGroups, problems);
      const columns = columnsWith(table?.columns ?? key, written, problems);
      if (change.created > 0) await requireRoom(client, table, change.created);
      return {
        ...changeOf(name, change),
        isMore: !table || table.time_zone !== zone || columns.length > table.columns.length,
        head: {
          before: table ? { columns: table.columns, timeZone: table.time_zone } : null,
          after: { columns, timeZone: zone },
        },
        async write(writer, version) {
          const id = await writeTable(writer, name, key, columns, zone);
          await writeTableRows(writer, id, change, version);
        },
      };
    });
  }

  /** Ends rows, known by the columns of the key and `validFrom`. */
  async remove(by: ChangedBy, name: string, written: WrittenTable): Promise<ChangeAnswer> {
    const present = await this.require(name);
    const { key, incoming } = this.read(name, written, present);
    requireNone(INVALID, written.problems);
    requireKey(present, key);
    return this.store.change<IncomingTableRow>(by, INVALID, async (client, problems) => {
      const change = planClose(await liveOf(client, present, incoming), incoming, problems);
      return {
        ...changeOf(name, change),
        write: (writer, version) => writeTableRows(writer, present.id, change, version),
      };
    });
  }

  async list({ limit = DEFAULT_LIMIT, cursor }: ListValues): Promise<Page<TableView>> {
    const [before] = readCursor('tables', ['integer'], cursor) ?? [];
    const where = new Conditions().compare('id <', before);
    const { rows } = await this.pool.query<TableRecord>(
      `SELECT * FROM lookup_table ${where} ORDER BY id DESC LIMIT ${limit + 1}`,
      where.values,
    );
    return pageOf('tables', rows, limit, toTableView, (row) => [row.id]);
  }

  /** The table with a page of its rows. */
  async get(name: string, filters: TableFilters): Promise<TableView & Page<TableRowView>> {
    const table = await this.require(name);
    const { limit = DEFAULT_LIMIT, column, value } = filters;
    if (column !== undefined && !table.columns.includes(column))
      throw badParameter('column', `must be a column of the table: ${table.columns.join(', ')}.`);
    if ((column === undefined) !== (value === undefined))
      throw badParameter(
        column === undefined ? 'column' : 'value',
        'is missing: column and value go together.',
      );
    const list = `rows of ${name}`;
    const [before] = readCursor(list, ['integer'], filters.cursor) ?? [];
    const where = new Conditions().add('closed_version IS NULL').compare('table_id =', table.id);
    if (column !== undefined) where.add(`cells->>${where.value(column)} = ${where.value(value)}`);
    where
      .compare('valid_from <=', filters.validAt)
      .compare('valid_to >', filters.validAt)
      .compare('id <', before);
    const { rows } = await this.pool.query<StoredRow>(
      `SELECT id, cells, valid_from, valid_to FROM lookup_row ${where} ORDER BY id DESC LIMIT ${limit + 1}`,
      where.values,
    );
    const toView = (row: StoredRow) => toRowView(table.columns, row);
    return { ...toTableView(table), ...pageOf(list, rows, limit, toView, (row) => [row.id]) };
  }

  private read(name: string, written: WrittenTable, present: TableRecord | undefined) {
    const { rows, timeZone, datesIn, problems } = written;
    problems.push(...nameProblems(name));
    const zone = readTimeZone(timeZone ?? present?.time_zone, problems);
    const key = readKey(written, present?.key_columns, problems);
    const incoming = readTableRows(rows, key, timeZone ? zone : (datesIn ?? zone), problems);
    return { key, zone, incoming };
  }

  /** @throws Problem 404 `table_not_found` */
  private async require(name: string): Promise<TableRecord> {
    const table = await this.find(this.pool, name);
    if (table) return table;
    throw new Problem(404, 'table_not_found', `There is no table "${name.slice(0, 100)}".`);
  }

  /** The table's key, and who made it; undefined where it is not there. Neither ever changes. */
  async origin(
    name: string,
  ): Promise<{ readonly key: readonly string[]; readonly actor: string } | undefined> {
    const { rows } = await this.pool.query<{ key: readonly string[]; actor: string }>(
      `SELECT t.key_columns AS key, c.actor FROM lookup_table t, reference_change c
       WHERE t.name = $1 AND c.kind = 'tables' AND c.summary->>'table' = $1 ORDER BY c.version LIMIT 1`,
      [name],
    );
    return rows[0];
  }

  private async find(client: pg.Pool | pg.PoolClient, name: string): Promise<TableRecord | undefined> {
    if (!TABLE_NAME.test(name)) return undefined;
    const { rows } = await client.query<TableRecord>('SELECT * FROM lookup_table WHERE name = $1', [name]);
    return rows[0];
  }
}

const liveOf = (client: pg.PoolClient, table: TableRecord, incoming: readonly IncomingTableRow[]) =>
  liveTableRows(client, table, [...new Set(incoming.map(({ group }) => group))]);

const changeOf = (name: string, rows: RowChange<IncomingTableRow>) => ({
  kind: 'tables' as const,
  subject: `table/${name}`,
  facts: { table: name },
  rows,
});

/** Rows are known by the key, so that another key would be another table. */
function requireKey(table: TableRecord | undefined, key: readonly string[]): void {
  if (!table || JSON.stringify(table.key_columns) === JSON.stringify(key)) return;
  const detail = `The key of table "${table.name}" is ${table.key_columns.join(', ')} and stays so; make another table.`;
  throw new Problem(409, 'key_fixed', detail);
}

async function requireRoom(
  client: pg.PoolClient,
  table: TableRecord | undefined,
  created: number,
): Promise<void> {
  const rows = created + (table ? await countTableRows(client, table.id) : 0);
  if (rows <= MAX_TABLE_ROWS) return;
  const detail = `The table would have ${rows} rows, more than the ${MAX_TABLE_ROWS} that a table can hold.`;
  throw new Problem(422, TABLE_TOO_LARGE, detail);
}

function toTableView(table: TableRecord): TableView {
  return {
    name: table.name,
    key: table.key_columns,
    columns: table.columns,
    timeZone: table.time_zone,
    createdAt: toRfc3339(table.created_at),
  };
}

function toRowView(columns: readonly string[], { cells, valid_from, valid_to }: StoredRow): TableRowView {
  return {
    ...Object.fromEntries(columns.map((column) => [column, cells[column] ?? null])),
    validFrom: toMomentOrNull(valid_from),
    validTo: toMomentOrNull(valid_to),
  };
}
