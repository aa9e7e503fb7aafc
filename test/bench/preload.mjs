import { CLASSES, CURRENCY, IDENTIFIERS, REGIONS, classNameOf } from './workload.mjs';

const ROWS_AN_IMPORT = 1000;
const ROWS_A_STATEMENT = 250_000;

/**
 * Fills the product's own tables with finished imports of 1,000 records: usage, key cells, postings, imports. Written by
 * generate_series, because five million records through the pipeline would take longer than all measurements together.
 * Columns are filled as the pipeline fills them; random keys go in at random places, so that the index is as full as such
 * an index is.
 */
export async function preload(database, feed, rows, keys) {
  const { rows: found } = await database.query(
    `SELECT f.id AS feed, f.key_scope_id AS scope, p.published_version_id AS version
     FROM feed f JOIN profile p ON p.id = f.profile_id WHERE f.api_name = $1`,
    [feed],
  );
  const target = found[0];
  await database.query(
    'CREATE TEMPORARY TABLE fresh (import_id bigint, record_index integer, account integer, key text)',
  );
  for (let first = 0; first < rows; first += ROWS_A_STATEMENT) {
    const last = Math.min(first + ROWS_A_STATEMENT, rows) - 1;
    await database.query('BEGIN');
    await database.query('TRUNCATE fresh');
    await database.query(FRESH, [first, last, keys]);
    await database.query(IMPORTS, [target.feed, target.version]);
    await database.query(
      'INSERT INTO posting (posted_at) SELECT now() FROM (SELECT DISTINCT import_id FROM fresh) f',
    );
    await database.query(KEY_CELLS, [target.scope]);
    await database.query(USAGE, [target.feed, target.version]);
    await database.query('COMMIT');
  }
  await database.query(`SELECT setval('import_id', greatest($1, (SELECT last_value FROM import_id)))`, [
    Math.ceil(rows / ROWS_AN_IMPORT) + 1,
  ]);
  // What autovacuum would do in the middle of the measurement is done before it.
  for (const table of ['usage', 'key_cell', 'import', 'posting'])
    await database.query(`VACUUM (ANALYZE) ${table}`);
}

/** Ascending keys sort before those of the generator. */
const FRESH = `
INSERT INTO fresh
SELECT 1 + n / ${ROWS_AN_IMPORT}, n % ${ROWS_AN_IMPORT}, 100000 + (random() * ${IDENTIFIERS - 1})::int,
  CASE $3::text WHEN 'ascending' THEN 'evt-20250101-' || lpad(n::text, 10, '0') ELSE gen_random_uuid()::text END
FROM generate_series($1::int, $2::int) n`;

const IMPORTS = `
INSERT INTO import (id, tracking_id, feed_id, profile_version_id, status, total, started_at, ended_at, imported, exception,
  skipped, duplicate, usage_count)
SELECT import_id, gen_random_uuid(), $1, $2, 'completed', count(*), now(), now(), count(*), 0, 0, 0, count(*)
FROM fresh GROUP BY import_id`;

const KEY_CELLS = `
INSERT INTO key_cell (scope_id, key, state, generation, import_id, record_index, decoded_hash, usage_hash)
SELECT $1, key, 1, 1, import_id, record_index, uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()) FROM fresh`;

const array = (texts) => `(ARRAY[${texts.map((text) => `'${text}'`).join(',')}])`;

const USAGE = `
INSERT INTO usage (import_id, posting_id, produced_by, date, rate_id, identifier_id, record_index, feed_id,
  profile_version_id, primary_data_row, part, generation, kind, flags, value, quantity, unit_price, amount, currency,
  time_zone, usage_key, identifier_type, originating_identifier, terminating_identifier, usage_identifier, usage_class,
  usage_class_type, resolved_field, account_id, service_id, extensions)
SELECT import_id, import_id, import_id, timestamptz '2025-10-01Z' + random() * interval '90 days', 1 + record_index % 50,
  account - 99999, record_index, $1, $2, 1, 0, 1, 0, 0, record_index + 1, record_index + 1, 0.00040000125,
  round((record_index + 1) * 0.00040000125, 6), '${CURRENCY}', 'UTC', key, 'Unknown', 'acct-' || account, 'svc-api-gateway',
  key, ${array(CLASSES.map(classNameOf))}[1 + record_index % ${CLASSES.length}],
  ${array(CLASSES.map(({ type }) => type))}[1 + record_index % ${CLASSES.length}], 'originatingIdentifier', 'A-' || account,
  'S-' || account, jsonb_build_object('region', r.name, 'plan', 'growth', 'operation', 'search', 'tariff', r.name || '/growth')
FROM fresh, LATERAL (SELECT ${array(REGIONS)}[1 + record_index % ${REGIONS.length}] AS name) r`;
