import type pg from 'pg';

/** A feed with a published profile whose definition does not matter. Returns its id. */
export async function insertFeed(
  pool: pg.Pool,
  apiName: string,
): Promise<{ feedId: number; versionId: number; scopeId: number }> {
  const profile = await pool.query<{ id: number }>('INSERT INTO profile (name) VALUES ($1) RETURNING id', [
    apiName,
  ]);
  const version = await pool.query<{ id: number }>(
    `INSERT INTO profile_version (profile_id, version, status, definition, created_by)
     VALUES ($1, 1, 'published', '{}', 'test') RETURNING id`,
    [profile.rows[0]!.id],
  );
  const scope = await pool.query<{ id: number }>('INSERT INTO key_scope DEFAULT VALUES RETURNING id');
  const feed = await pool.query<{ id: number }>(
    `INSERT INTO feed (name, api_name, format, profile_id, usage_key, key_scope_id)
     VALUES ($1, $1, 'records', $2, '{"fields":["id"]}', $3) RETURNING id`,
    [apiName, profile.rows[0]!.id, scope.rows[0]!.id],
  );
  return { feedId: feed.rows[0]!.id, versionId: version.rows[0]!.id, scopeId: scope.rows[0]!.id };
}

/** Imports of one pending chunk each. Returns the chunk ids. */
export async function insertChunks(
  pool: pg.Pool,
  feed: { feedId: number; versionId: number },
  count: number,
  options: { total?: number; kind?: number } = {},
): Promise<{ chunkId: number; importId: number }[]> {
  const { total = 1, kind = 0 } = options;
  const { rows } = await pool.query<{ chunkId: number; importId: number }>(
    `WITH i AS (
       INSERT INTO import (id, tracking_id, feed_id, profile_version_id, total)
       SELECT next_import_id((SELECT block_id FROM feed WHERE id = $1)), gen_random_uuid(), $1, $2, $4 FROM generate_series(1, $3) RETURNING id
     )
     INSERT INTO chunk (import_id, feed_id, profile_version_id, kind, first_index, total)
     SELECT id, $1, $2, $5, 0, $4 FROM i ORDER BY id RETURNING id AS "chunkId", import_id AS "importId"`,
    [feed.feedId, feed.versionId, count, total, kind],
  );
  return rows;
}
