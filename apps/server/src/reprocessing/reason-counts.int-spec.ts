import type pg from 'pg';
import { createPool, inTransaction, lockCorrections } from '../database/index.js';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/database.js';
import { createCorrection } from './create-correction.js';
import { ReasonCounts } from './reason-counts.js';

const RECORDS = 2500;

/** What is counted, without a memory: every record of every chunk that has ended. */
const BY_RECORD = `
SELECT CASE letter WHEN 's' THEN 'skipped' ELSE 'exception' END AS verdict, name, count(*)::int AS count
FROM (
  SELECT substr(h.verdicts, n, 1) AS letter, coalesce(x.code, (
      SELECT d ->> 1 FROM jsonb_array_elements(h.details) d WHERE (d ->> 0)::int = h.first_index + n - 1)) AS name
  FROM correction c JOIN chunk h ON h.import_id = c.import_id CROSS JOIN LATERAL generate_series(1, h.total) n
  LEFT JOIN exception x ON x.produced_by = h.import_id AND x.record_index = h.origins[2] + n - 1
  WHERE c.reprocess_id = $1 AND h.state = 1
) r WHERE letter IN ('s', 'e') GROUP BY 1, 2`;

let database: TestDatabase;
let pool: pg.Pool;
let reprocessId: number;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, 'test', 4, () => undefined);
  const feeds = await pool.query<{ feed_id: number; version_id: number }>(`
    WITH p AS (INSERT INTO profile (name) VALUES ('plain') RETURNING id),
    v AS (INSERT INTO profile_version (profile_id, version, status, definition, created_by)
      SELECT id, 1, 'published', '{}', 'test' FROM p RETURNING id),
    s AS (INSERT INTO key_scope DEFAULT VALUES RETURNING id),
    f AS (INSERT INTO feed (name, api_name, format, profile_id, usage_key, key_scope_id)
      SELECT 'usage', 'usage', 'records', p.id, '{"fields":["id"]}', s.id FROM p, s RETURNING id)
    SELECT f.id AS feed_id, v.id AS version_id FROM f, v`);
  const { feed_id: feedId, version_id: profileVersionId } = feeds.rows[0]!;
  const origins = await pool.query<{ id: number }>(
    `INSERT INTO import (id, tracking_id, feed_id, profile_version_id, total)
     SELECT next_import_id((SELECT block_id FROM feed WHERE id = $1)), gen_random_uuid(), $1, $2, $3
     FROM generate_series(1, 2) RETURNING id`,
    [feedId, profileVersionId, RECORDS],
  );
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO reprocess (public_id, actor, reason, request, eligible)
     VALUES (gen_random_uuid(), 'ops', 'a test', '{}', $1) RETURNING id`,
    [2 * RECORDS],
  );
  reprocessId = rows[0]!.id;
  for (const { id: importId } of origins.rows) {
    await inTransaction(pool, async (client) => {
      await lockCorrections(client, 'exclusive');
      await createCorrection(client, {
        operation: 'all',
        channel: 'reprocess',
        feedId,
        profileVersionId,
        referenceVersion: null,
        origins: [{ isTest: false, places: [importId, 0, RECORDS - 1] }],
        reason: 'a test',
        requester: { keyId: null, name: 'ops' },
        reprocessId,
      });
    });
  }
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Ends the next chunk. Its records are imported, skipped, duplicates and exceptions by turns, some of which took something back. */
async function endNext(): Promise<boolean> {
  const { rows } = await pool.query<{ id: number }>(
    `WITH next AS (SELECT h.id, h.total, h.first_index FROM chunk h JOIN correction c USING (import_id) WHERE h.state = 0 ORDER BY h.id LIMIT 1),
     r AS (
       SELECT next.id, first_index + n AS index, substr('sisdse', n % 6 + 1, 1) AS letter,
         (ARRAY['unchanged','replaces','constructor','zero_value','voided','moved'])[n % 6 + 1] AS reason
       FROM next CROSS JOIN LATERAL generate_series(0, next.total - 1) n
     ), sums AS (
       SELECT id, string_agg(letter, '' ORDER BY index) AS verdicts,
         jsonb_agg(jsonb_build_array(index, reason, 'key ä' || index, NULL, NULL) ORDER BY index) AS details,
         count(*) FILTER (WHERE letter = 'i') AS i, count(*) FILTER (WHERE letter = 'e') AS e,
         count(*) FILTER (WHERE letter = 's') AS s, count(*) FILTER (WHERE letter = 'd') AS d
       FROM r GROUP BY id
     )
     UPDATE chunk h SET state = 1, verdicts = t.verdicts, details = t.details, imported = i, exception = e, skipped = s, duplicate = d
     FROM sums t WHERE h.id = t.id RETURNING h.id`,
  );
  const [ended] = rows;
  if (!ended) return false;
  await pool.query(
    `INSERT INTO exception (import_id, record_index, produced_by, feed_id, stage, code, message, fingerprint, raw, attempt)
     SELECT h.origins[1], h.origins[2] + n - 1, h.import_id, h.feed_id, 'resolve',
       CASE WHEN n % 12 = 0 THEN 'identifier_not_found' ELSE 'rate_not_found' END, 'missing', '', '{}', 1
     FROM chunk h CROSS JOIN LATERAL generate_series(1, h.total) n WHERE h.id = $1 AND substr(h.verdicts, n, 1) = 'e'`,
    [ended.id],
  );
  return true;
}

async function byRecord() {
  const { rows } = await pool.query<{ verdict: string; name: string; count: number }>(BY_RECORD, [
    reprocessId,
  ]);
  const of = (verdict: string) =>
    Object.fromEntries(rows.filter((row) => row.verdict === verdict).map(({ name, count }) => [name, count]));
  return { skipped: of('skipped'), exception: of('exception') };
}

it('reasons are counted as they are record by record, however often they are asked for on the way', async () => {
  const asked = new ReasonCounts(pool);
  const countedOnTheWay: unknown[] = [];
  do {
    const [one, another] = await Promise.all([asked.of(reprocessId), asked.of(reprocessId)]);
    expect(one).toEqual(await byRecord());
    expect(another).toEqual(one);
    countedOnTheWay.push(one);
  } while (await endNext());
  expect(countedOnTheWay).toHaveLength(7);
  expect(countedOnTheWay[0]).toEqual({ skipped: {}, exception: {} });
  const last = await asked.of(reprocessId);
  expect(last.exception).toEqual({ identifier_not_found: 414, rate_not_found: 416 });
  expect(Object.keys(last.skipped)).toEqual(['constructor', 'unchanged', 'voided']);
  expect(await new ReasonCounts(pool).of(reprocessId)).toEqual(last);
});
