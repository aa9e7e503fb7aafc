import type { Client } from 'pg';
import { toCanonical } from '../canonical-moment.js';
import { booleanArray, bytesArray, numberArray, textArray } from './copy-text.js';
import type { KeyCell, KeyVersion } from './verdict.js';

const STATES = ['free', 'live', 'voided', 'seeded'] as const;

interface CellRow {
  key: string;
  state: number;
  generation: number;
  import_id: number | null;
  record_index: number | null;
  decoded_hash: string | null;
  usage_hash: string | null;
  open_import_id: number | null;
  open_index: number | null;
  open_hash: string | null;
  open_usage_hash: string | null;
  open_cancels: boolean | null;
}

export type CellsByKey = ReadonlyMap<string, KeyCell>;

const COLUMNS =
  'state, generation, import_id, record_index, decoded_hash, usage_hash, open_import_id, open_index, open_hash, open_usage_hash, open_cancels';

/** Parameters $2.. of a statement that takes cells as arrays, in the order of `UNNEST`. */
function cellArrays(cells: CellsByKey): string[] {
  const all = [...cells.values()];
  return [
    textArray([...cells.keys()]),
    numberArray(all.map((c) => STATES.indexOf(c.state))),
    numberArray(all.map((c) => c.generation)),
    numberArray(all.map((c) => c.holder?.importId ?? null)),
    numberArray(all.map((c) => c.holder?.index ?? null)),
    bytesArray(all.map((c) => c.decodedHash)),
    bytesArray(all.map((c) => c.usageHash)),
    numberArray(all.map((c) => c.open?.ref.importId ?? null)),
    numberArray(all.map((c) => c.open?.ref.index ?? null)),
    bytesArray(all.map((c) => c.open?.hash ?? null)),
    bytesArray(all.map((c) => c.open?.usageHash ?? null)),
    booleanArray(all.map((c) => (c.open?.isCancel ? true : null))),
  ];
}

const UNNEST = `unnest($2::text[], $3::smallint[], $4::smallint[], $5::bigint[], $6::int[], $7::bytea[], $8::bytea[],
  $9::bigint[], $10::int[], $11::bytea[], $12::bytea[], $13::boolean[]) AS u(key, ${COLUMNS})`;

/**
 * Inserts the cells that are not there yet and locks those that are, in key order, so that writers
 * of the same keys wait for each other and never deadlock.
 * @returns the keys that were there before: their cells are locked, unchanged, and must be read
 */
export async function insertOrLockCells(
  client: Client,
  scopeId: number,
  cells: CellsByKey,
): Promise<string[]> {
  if (cells.size === 0) return [];
  const { rows } = await client.query<{ key: string }>({
    name: 'insert-or-lock-cells',
    text: `INSERT INTO key_cell (scope_id, key, ${COLUMNS})
      SELECT $1, u.* FROM ${UNNEST} ORDER BY u.key COLLATE "C" ${OR_LOCK}`,
    values: [scopeId, ...cellArrays(cells)],
  });
  return withoutInserted([...cells.keys()], rows);
}

/** As `insertOrLockCells`: those that are not there yet become cells that nothing has held. */
export async function insertOrLockFreeCells(
  client: Client,
  scopeId: number,
  keys: readonly string[],
): Promise<string[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<{ key: string }>({
    name: 'insert-or-lock-free-cells',
    text: `INSERT INTO key_cell (scope_id, key, state, generation)
      SELECT $1, u.key, 0, 0 FROM unnest($2::text[]) AS u(key) ORDER BY u.key COLLATE "C" ${OR_LOCK}`,
    values: [scopeId, textArray(keys)],
  });
  return withoutInserted(keys, rows);
}

const OR_LOCK = 'ON CONFLICT (scope_id, key) DO UPDATE SET state = EXCLUDED.state WHERE false RETURNING key';

function withoutInserted(keys: readonly string[], rows: readonly { readonly key: string }[]): string[] {
  const inserted = new Set(rows.map((r) => r.key));
  return keys.filter((key) => !inserted.has(key));
}

/** An exception that has left by retention is nobody's duplicate: the next one of its key is seen. */
const OPEN = `CASE WHEN open_import_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM expired_facts WHERE fact = 'exceptions' AND block_id = open_import_id >> 32) THEN open_import_id END`;

/**
 * The cells of these keys that exist, as committed now.
 * @param hasAll also the versions of keys that were live once only: records that came too late for them
 */
export async function readCells(
  client: Client,
  scopeId: number,
  keys: readonly string[],
  hasAll = false,
): Promise<Map<string, KeyCell>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<CellRow>({
    name: 'read-cells',
    text: `SELECT key, state, generation, import_id, record_index, encode(decoded_hash, 'hex') AS decoded_hash,
        encode(usage_hash, 'hex') AS usage_hash, ${OPEN} AS open_import_id, open_index, encode(open_hash, 'hex') AS open_hash,
        encode(open_usage_hash, 'hex') AS open_usage_hash, open_cancels
      FROM key_cell WHERE scope_id = $1 AND key = ANY($2::text[])`,
    values: [scopeId, textArray(keys)],
  });
  const withHistory = rows.filter(
    (r) => hasAll || r.generation > 1 || (STATES[r.state] !== 'live' && r.generation > 0),
  );
  const versions = await readVersions(
    client,
    scopeId,
    withHistory.map((r) => r.key),
  );
  return new Map(rows.map((r) => [r.key, toCell(r, versions.get(r.key) ?? [])]));
}

function toCell(r: CellRow, versions: readonly KeyVersion[]): KeyCell {
  return {
    state: STATES[r.state]!,
    generation: r.generation,
    holder: r.import_id === null ? null : { importId: r.import_id, index: r.record_index! },
    decodedHash: r.decoded_hash,
    usageHash: r.usage_hash,
    open:
      r.open_import_id === null
        ? null
        : {
            ref: { importId: r.open_import_id, index: r.open_index! },
            hash: r.open_hash!,
            usageHash: r.open_usage_hash,
            isCancel: r.open_cancels === true,
          },
    versions,
  };
}

interface VersionRow {
  key: string;
  decoded_hash: string;
  usage_hash: string | null;
  import_id: number;
  record_index: number;
  resets: boolean;
}

/** What keys were before, oldest first; nothing from before a key was last freed as new. */
async function readVersions(
  client: Client,
  scopeId: number,
  keys: readonly string[],
): Promise<Map<string, KeyVersion[]>> {
  const versions = new Map<string, KeyVersion[]>();
  if (keys.length === 0) return versions;
  const { rows } = await client.query<VersionRow>({
    name: 'read-versions',
    text: `SELECT key, encode(decoded_hash, 'hex') AS decoded_hash, encode(usage_hash, 'hex') AS usage_hash, import_id, record_index, resets
      FROM key_version WHERE scope_id = $1 AND key = ANY($2::text[]) ORDER BY key, id`,
    values: [scopeId, textArray(keys)],
  });
  for (const row of rows) {
    if (row.resets) {
      versions.delete(row.key);
      continue;
    }
    const ofKey = versions.get(row.key) ?? [];
    ofKey.push({
      ref: { importId: row.import_id, index: row.record_index },
      decodedHash: row.decoded_hash,
      usageHash: row.usage_hash,
    });
    versions.set(row.key, ofKey);
  }
  return versions;
}

/** When imports were accepted: canonical texts by id. */
export async function readAcceptance(
  client: Client,
  importIds: readonly number[],
): Promise<Map<number, string>> {
  if (importIds.length === 0) return new Map();
  const { rows } = await client.query<{ id: number; accepted_at: string }>({
    name: 'read-acceptance',
    text: `SELECT id, ${toCanonical('submitted_at')} AS accepted_at FROM import WHERE id = ANY($1)`,
    values: [numberArray(importIds)],
  });
  return new Map(rows.map((row) => [row.id, row.accepted_at]));
}

/** Writes the versions that keys have left behind between two states of their cells, which are locked. */
export async function insertVersions(
  client: Client,
  scopeId: number,
  starts: CellsByKey,
  ends: CellsByKey,
): Promise<void> {
  const added = [...ends].flatMap(([key, { versions }]) =>
    versions.slice(starts.get(key)?.versions.length ?? 0).map((version) => ({ key, ...version })),
  );
  if (added.length === 0) return;
  await client.query({
    name: 'insert-versions',
    text: `INSERT INTO key_version (scope_id, key, decoded_hash, usage_hash, import_id, record_index, resets)
      SELECT $1, u.* FROM unnest($2::text[], $3::bytea[], $4::bytea[], $5::bigint[], $6::int[], $7::boolean[]) u`,
    values: [
      scopeId,
      textArray(added.map((v) => v.key)),
      bytesArray(added.map((v) => v.decodedHash)),
      bytesArray(added.map((v) => v.usageHash)),
      numberArray(added.map((v) => v.ref.importId)),
      numberArray(added.map((v) => v.ref.index)),
      booleanArray(added.map((v) => v.resets === true)),
    ],
  });
}

/**
 * Writes cells that `insertOrLockCells` has locked: each is there, and is found by its key, where a join might read all keys of
 * the scope.
 */
export async function updateCells(client: Client, scopeId: number, cells: CellsByKey): Promise<void> {
  if (cells.size === 0) return;
  const assignments = COLUMNS.split(', ')
    .map((c) => `${c} = EXCLUDED.${c}`)
    .join(', ');
  await client.query({
    name: 'update-cells',
    text: `INSERT INTO key_cell (scope_id, key, ${COLUMNS}) SELECT $1, u.* FROM ${UNNEST}
      ON CONFLICT (scope_id, key) DO UPDATE SET ${assignments}`,
    values: [scopeId, ...cellArrays(cells)],
  });
}

/** Takes away cells, locked before, of keys that nothing ever held or waits for. */
export async function deleteUntouchedCells(
  client: Client,
  scopeId: number,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await client.query({
    name: 'delete-untouched-cells',
    text: 'DELETE FROM key_cell WHERE scope_id = $1 AND key = ANY($2::text[])',
    values: [scopeId, textArray(keys)],
  });
}
