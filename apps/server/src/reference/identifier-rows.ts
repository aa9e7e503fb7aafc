import type pg from 'pg';
import { type IncomingIdentifier, type LiveIdentifier, identifierRules } from './identifier.js';
import { microsOf, toTimestamptz } from './moments.js';
import type { RowChange } from './versioned-rows.js';

interface Row {
  id: number;
  type: string;
  value: string;
  account_id: string;
  service_id: string;
  attributes: Record<string, string>;
  valid_from: number | null;
  valid_to: number | null;
}

/** Writes a change of identifiers under its version. */
export async function writeIdentifiers(
  client: pg.PoolClient,
  { closes, inserts }: RowChange<IncomingIdentifier>,
  version: number,
): Promise<void> {
  await closeIdentifiers(client, closes, version);
  await insertIdentifiers(client, inserts, version);
}

/** The rows of the values that are true now. */
export async function liveIdentifiers(
  client: pg.PoolClient,
  values: readonly string[],
): Promise<LiveIdentifier[]> {
  const { rows } = await client.query<Row>(
    `SELECT id, type, value, account_id, service_id, attributes,
            ${microsOf('valid_from')} AS valid_from, ${microsOf('valid_to')} AS valid_to
     FROM identifier WHERE value = ANY($1) AND closed_version IS NULL`,
    [values],
  );
  return rows.map((row) => {
    const identifier = {
      type: row.type,
      value: row.value,
      accountId: row.account_id,
      serviceId: row.service_id,
      attributes: row.attributes,
      validFrom: row.valid_from ?? -Infinity,
      validTo: row.valid_to ?? Infinity,
    };
    return { id: row.id, ...identifier, ...identifierRules(identifier) };
  });
}

async function closeIdentifiers(
  client: pg.PoolClient,
  ids: readonly number[],
  version: number,
): Promise<void> {
  if (ids.length === 0) return;
  await client.query('UPDATE identifier SET closed_version = $2 WHERE id = ANY($1::bigint[])', [
    ids,
    version,
  ]);
}

async function insertIdentifiers(
  client: pg.PoolClient,
  rows: readonly IncomingIdentifier[],
  version: number,
): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO identifier (type, value, account_id, service_id, attributes, valid_from, valid_to, created_version)
     SELECT u.*, $8::bigint FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[],
                                        $6::timestamptz[], $7::timestamptz[]) u`,
    [
      rows.map(({ type }) => type),
      rows.map(({ value }) => value),
      rows.map(({ accountId }) => accountId),
      rows.map(({ serviceId }) => serviceId),
      rows.map(({ attributes }) => JSON.stringify(attributes)),
      rows.map(({ validFrom }) => toTimestamptz(validFrom)),
      rows.map(({ validTo }) => toTimestamptz(validTo)),
      version,
    ],
  );
}
