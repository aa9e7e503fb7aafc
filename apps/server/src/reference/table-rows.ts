import type pg from 'pg';
import { microsOf, toTimestamptz } from './moments.js';
import { type IncomingTableRow, type LiveTableRow, tableRowRules } from './table.js';
import type { RowChange } from './versioned-rows.js';

/** A table as Postgres gives it. */
export interface TableRecord {
  readonly id: number;
  readonly name: string;
  readonly key_columns: readonly string[];
  readonly columns: readonly string[];
  readonly time_zone: string;
  readonly created_at: string;
}

/** The rows of these keys that are true now. */
export async function liveTableRows(
  client: pg.PoolClient,
  { id: tableId, key_columns: key }: TableRecord,
  keys: readonly string[],
): Promise<LiveTableRow[]> {
  const { rows } = await client.query<{
    id: number;
    cells: Record<string, string>;
    valid_from: number | null;
    valid_to: number | null;
  }>(
    `SELECT id, cells, ${microsOf('valid_from')} AS valid_from, ${microsOf('valid_to')} AS valid_to
     FROM lookup_row WHERE table_id = $1 AND key = ANY($2) AND closed_version IS NULL`,
    [tableId, keys],
  );
  return rows.map(({ id, cells, valid_from, valid_to }) => {
    const values = { cells, validFrom: valid_from ?? -Infinity, validTo: valid_to ?? Infinity };
    return { id, ...values, ...tableRowRules(key, values) };
  });
}

/** Rows of the table that are true now. */
export async function countTableRows(client: pg.PoolClient, tableId: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM lookup_row WHERE table_id = $1 AND closed_version IS NULL',
    [tableId],
  );
  return rows[0]!.count;
}

/** Creates the table, or brings what may change of it up to date. */
export async function writeTable(
  client: pg.PoolClient,
  name: string,
  key: readonly string[],
  columns: readonly string[],
  timeZone: string,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO lookup_table (name, key_columns, columns, time_zone) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO UPDATE SET columns = EXCLUDED.columns, time_zone = EXCLUDED.time_zone RETURNING id`,
    [name, key, columns, timeZone],
  );
  return rows[0]!.id;
}

/** Writes a change of a table's rows under its version. */
export async function writeTableRows(
  client: pg.PoolClient,
  tableId: number,
  { closes, inserts }: RowChange<IncomingTableRow>,
  version: number,
): Promise<void> {
  if (closes.length > 0)
    await client.query('UPDATE lookup_row SET closed_version = $2 WHERE id = ANY($1::bigint[])', [
      closes,
      version,
    ]);
  if (inserts.length === 0) return;
  await client.query(
    `INSERT INTO lookup_row (table_id, created_version, key, cells, valid_from, valid_to)
     SELECT $1::integer, $2::bigint, u.*
     FROM unnest($3::text[], $4::jsonb[], $5::timestamptz[], $6::timestamptz[]) u`,
    [
      tableId,
      version,
      inserts.map(({ group }) => group),
      inserts.map(({ cells }) => JSON.stringify(cells)),
      inserts.map(({ validFrom }) => toTimestamptz(validFrom)),
      inserts.map(({ validTo }) => toTimestamptz(validTo)),
    ],
  );
}
