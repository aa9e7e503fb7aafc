import type { LookupRow, LookupTable } from 'feedmill/pipeline';
import { microsOf } from './moments.js';
import type { Query } from './query.js';

/**
 * Rows remembered in all, of every table and state: with the indexes of steps 170 to 270 MB. Where the tables in use
 * have more, those not asked for the longest are read again whenever they are.
 */
const MAX_ROWS = 400_000;
/** Rows of one answer of the database, so that what it sends is never all there at once. */
const ROWS_PER_QUERY = 20_000;

/** What a table was for versions `from` to before `to`; undefined where it was not there. */
interface TableState {
  readonly name: string;
  readonly from: number;
  to: number;
  readonly table: LookupTable | undefined;
}

interface StoredRow {
  readonly id: number;
  readonly cells: Record<string, string>;
  readonly valid_from: number | null;
  readonly valid_to: number | null;
}

const CHANGE_OF_TABLE = `FROM reference_change WHERE kind = 'tables' AND summary->>'table' = $1`;
const CHANGES = `
  SELECT (SELECT max(version) ${CHANGE_OF_TABLE} AND version <= $2) AS since,
         (SELECT min(version) ${CHANGE_OF_TABLE} AND version > $2) AS until`;

/** What is true now and what was closed since, apart: each has an index that leaves the rest of the history out. */
const ROWS = `
  SELECT id, cells, ${microsOf('valid_from')} AS valid_from, ${microsOf('valid_to')} AS valid_to FROM (
    SELECT id, cells, valid_from, valid_to FROM lookup_row
    WHERE table_id = $1 AND id > $2 AND created_version <= $3 AND closed_version IS NULL
    UNION ALL
    SELECT id, cells, valid_from, valid_to FROM lookup_row
    WHERE table_id = $1 AND id > $2 AND created_version <= $3 AND closed_version > $3
  ) AS row_of_version
  ORDER BY id LIMIT ${ROWS_PER_QUERY}`;

/** Whole tables, one object for each state they were in; older states are for chunks that are tried again. */
export class TableCache {
  /** What was asked for last stands last. */
  private readonly states = new Set<TableState>();
  private rows = 0;

  constructor(private readonly maxRows = MAX_ROWS) {}

  /** Takes note of the tables that changed after version `from` up to and with version `to`. */
  async advance(query: Query, from: number, to: number): Promise<void> {
    if (this.states.size === 0) return;
    const { rows } = await query<{ name: string; version: number }>(
      `SELECT summary->>'table' AS name, version FROM reference_change
       WHERE version > $1 AND version <= $2 AND kind = 'tables' ORDER BY version`,
      [from, to],
    );
    for (const { name, version } of rows) {
      for (const state of this.states) {
        if (state.name === name && state.from < version && state.to > version) state.to = version;
      }
    }
  }

  /** The table as of a reference version; the same object while it is in the same state. */
  async get(query: Query, name: string, version: number): Promise<LookupTable | undefined> {
    for (const state of this.states) {
      if (state.name !== name || version < state.from || state.to <= version) continue;
      this.states.delete(state);
      this.states.add(state);
      return state.table;
    }
    const { rows } = await query<{ since: number | null; until: number | null }>(CHANGES, [name, version]);
    const { since, until } = rows[0]!;
    const table = since === null ? undefined : await load(query, name, version);
    this.remember({ name, from: since ?? -1, to: until ?? Infinity, table });
    return table;
  }

  private remember(state: TableState): void {
    this.states.add(state);
    this.rows += rowsOf(state);
    for (const oldest of this.states) {
      if (this.rows <= this.maxRows || oldest === state) break;
      this.states.delete(oldest);
      this.rows -= rowsOf(oldest);
    }
  }
}

/** A table that is not there takes a little, too. */
function rowsOf({ table }: TableState): number {
  return 1 + (table?.rows.length ?? 0);
}

async function load(query: Query, name: string, version: number): Promise<LookupTable> {
  const { rows: tables } = await query<{ id: number; key: string[]; columns: string[] }>(
    'SELECT id, key_columns AS key, columns FROM lookup_table WHERE name = $1',
    [name],
  );
  const { id, key, columns } = tables[0]!;
  const rows: LookupRow[] = [];
  for (let last = 0, isMore = true; isMore;) {
    const { rows: stored } = await query<StoredRow>(ROWS, [id, last, version]);
    for (const row of stored) rows.push(toRow(row));
    last = stored.at(-1)?.id ?? last;
    isMore = stored.length === ROWS_PER_QUERY;
  }
  return { name, key, columns, rows };
}

function toRow({ id, cells, valid_from, valid_to }: StoredRow): LookupRow {
  return { id: String(id), cells, validFrom: valid_from ?? -Infinity, validTo: valid_to ?? Infinity };
}
