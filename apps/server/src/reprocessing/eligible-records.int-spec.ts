import type pg from 'pg';
import { Conditions } from '../common/index.js';
import { createPool } from '../database/index.js';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/database.js';
import { recordsOfImports } from './chosen-records.js';
import { evaluate } from './eligible-records.js';

let database: TestDatabase;
let pool: pg.Pool;
let feedId: number;
const version: Record<number, number> = {};

const DONE = `'completed', 1, 0, 0, 0, clock_timestamp()`;
const PRESENT = { profileVersion: 'published', referenceData: 'current' } as const;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, 'test', 4, () => undefined);
  await pool.query(`INSERT INTO profile (name) VALUES ('plain')`);
  for (const [number, status] of [
    [1, 'retired'],
    [2, 'published'],
    [3, 'draft'],
  ] as const) {
    const { rows } = await pool.query<{ id: number }>(
      `INSERT INTO profile_version (profile_id, version, status, definition, created_by)
       SELECT id, $1, $2, '{}', 'test' FROM profile RETURNING id`,
      [number, status],
    );
    version[number] = rows[0]!.id;
  }
  await pool.query('UPDATE profile SET published_version_id = $1', [version[2]]);
  const { rows } = await pool.query<{ id: number }>(`
    WITH s AS (INSERT INTO key_scope DEFAULT VALUES RETURNING id)
    INSERT INTO feed (name, api_name, format, profile_id, usage_key, key_scope_id)
    SELECT 'usage', 'usage', 'records', p.id, '{"fields":["id"]}', s.id FROM profile p, s RETURNING id`);
  feedId = rows[0]!.id;
});
afterEach(async () => {
  await pool.end();
  await database.drop();
});

/** An import of finished chunks, each of so many records decided by a reference version, in a mode. */
async function insertImport(
  chunks: readonly { total: number; reference?: number; isTest?: boolean }[],
  id?: number,
): Promise<number> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.total, 0);
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO import (id, tracking_id, feed_id, profile_version_id, total, status, imported, exception, skipped, duplicate, ended_at)
     SELECT coalesce($4, next_import_id(0)), gen_random_uuid(), $1, $2, $3, 'completed', $3, 0, 0, 0, clock_timestamp() RETURNING id`,
    [feedId, version[1], total, id ?? null],
  );
  let first = 0;
  for (const { total: records, reference = 1, isTest = false } of chunks) {
    await pool.query(
      `INSERT INTO chunk (import_id, feed_id, profile_version_id, first_index, total, state, verdicts, imported,
         reference_version, is_test)
       VALUES ($1, $2, $3, $4, $5, 1, repeat('i', $5), $5, $6, $7)`,
      [rows[0]!.id, feedId, version[1], first, records, reference, isTest],
    );
    first += records;
  }
  return rows[0]!.id;
}

const everything = () => recordsOfImports(new Conditions().add('true'));

describe('records that can be decided again', () => {
  it('are in the order of acceptance, those of one import joined', async () => {
    const late = await insertImport([{ total: 10 }, { total: 5 }]);
    const early = await insertImport([{ total: 3 }], 2 ** 33 + 1);
    await pool.query(`UPDATE import SET submitted_at = submitted_at - interval '1 day' WHERE id = $1`, [
      early,
    ]);
    expect(await evaluate(pool, everything(), PRESENT)).toEqual({
      eligible: 18,
      ineligible: [],
      groups: [
        {
          feedId,
          profileVersionId: version[2],
          referenceVersion: null,
          isTest: false,
          places: [early, 0, 2, late, 0, 14],
        },
      ],
    });
  });

  it('go apart by mode, and by the reference version that first decided them', async () => {
    const id = await insertImport([
      { total: 2, reference: 7 },
      { total: 2, reference: 8 },
      { total: 1, isTest: true },
    ]);
    const versions = { profileVersion: 'original', referenceData: 'original' } as const;
    const { groups } = await evaluate(pool, everything(), versions);
    const byPlace = groups.map((g) => [g.profileVersionId, g.referenceVersion, g.isTest, g.places]);
    expect(byPlace).toHaveLength(3);
    expect(byPlace).toEqual(
      expect.arrayContaining([
        [version[1], 7, false, [id, 0, 1]],
        [version[1], 8, false, [id, 2, 3]],
        [version[1], 1, true, [id, 4, 4]],
      ]),
    );
  });

  it.each([
    ['bodies', 'body_expired'],
    ['usage', 'usage_expired'],
    ['exceptions', 'exception_expired'],
  ])('are none where %s have left by retention', async (fact, reason) => {
    await insertImport([{ total: 4 }]);
    await pool.query('INSERT INTO expired_facts (block_id, fact) VALUES (0, $1)', [fact]);
    const evaluation = await evaluate(pool, everything(), PRESENT);
    expect(evaluation).toEqual({ eligible: 0, groups: [], ineligible: [{ reason, count: 4 }] });
    const withoutBody = { ...everything(), needsBody: false };
    const { eligible } = await evaluate(pool, withoutBody, PRESENT);
    expect(eligible).toBe(fact === 'bodies' ? 4 : 0);
  });

  it.each([
    [1, 4],
    [2, 4],
    [3, 0],
    [4, 0],
  ])('by version %i of the profile are %i', async (number, count) => {
    await insertImport([{ total: 4 }]);
    const versions = { ...PRESENT, profileVersion: number };
    const { eligible, ineligible, groups } = await evaluate(pool, everything(), versions);
    expect(eligible).toBe(count);
    if (count === 0) expect(ineligible).toEqual([{ reason: 'profile_version_missing', count: 4 }]);
    else expect(groups[0]!.profileVersionId).toBe(version[number]);
  });

  it('are none of imports that are reverted, until somebody asks for them again', async () => {
    const id = await insertImport([{ total: 4 }]);
    const correct = async (operation: 'revert' | 'all') => {
      const by = await insertImport([{ total: 4 }]);
      await pool.query(
        `WITH c AS (INSERT INTO correction (import_id, operation, reason, actor) VALUES ($2, $3, 'a test', 'test'))
         INSERT INTO correction_origin SELECT $1, h.id FROM chunk h WHERE h.import_id = $2`,
        [id, by, operation],
      );
      await pool.query(`UPDATE import SET reverted_by = $2 WHERE id = $1 AND $3 = 'revert'`, [
        id,
        by,
        operation,
      ]);
    };
    const found = (isNamed?: boolean) => {
      const where = new Conditions();
      return evaluate(pool, recordsOfImports(where.add(`i.id = ${where.value(id)}`), isNamed), PRESENT);
    };
    for (let n = 0; n < 2; n++) {
      await correct('revert');
      expect(await found()).toMatchObject({ eligible: 0, ineligible: [{ reason: 'reverted', count: 4 }] });
      expect(await found(true)).toMatchObject({ eligible: 4, ineligible: [] });
      await correct('all');
      expect(await found()).toMatchObject({ eligible: 4, ineligible: [] });
    }
  });

  it('are refused beyond the limit, not cut short', async () => {
    await insertImport([{ total: 1_999_999 }]);
    const { eligible, groups } = await evaluate(pool, everything(), PRESENT);
    expect([eligible, groups[0]!.places.length]).toEqual([1_999_999, 3]);
    await insertImport([{ total: 2 }]);
    await expect(evaluate(pool, everything(), PRESENT)).rejects.toMatchObject({
      status: 422,
      code: 'selection_too_large',
    });
  });

  it('of a hundred thousand imports are found in seconds', async () => {
    await pool.query(
      `WITH i AS (
         INSERT INTO import (id, tracking_id, feed_id, profile_version_id, total, status, imported, exception, skipped, duplicate, ended_at)
         SELECT next_import_id(0), gen_random_uuid(), $1, $2, 1, ${DONE} FROM generate_series(1, 100000) RETURNING id
       )
       INSERT INTO chunk (import_id, feed_id, profile_version_id, first_index, total, state, verdicts, imported)
       SELECT id, $1, $2, 0, 1, 1, 'i', 1 FROM i`,
      [feedId, version[1]],
    );
    const begun = Date.now();
    const { eligible, groups } = await evaluate(pool, everything(), PRESENT);
    expect([eligible, groups[0]!.places.length]).toEqual([100_000, 300_000]);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });
});
