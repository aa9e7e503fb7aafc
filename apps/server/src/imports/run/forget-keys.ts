import { DateTime, Duration } from 'luxon';
import type pg from 'pg';
import { inTransaction } from '../../database/index.js';
import type { TimedQuery } from '../timed-query.js';

/**
 * Chunks measure from the moment they are claimed; none of them runs for so long. What such a chunk still
 * takes in is younger than the keys that are forgotten meanwhile.
 */
const MARGIN = Duration.fromObject({ days: 1 });
/** Keys are taken away by the date of their usage, a week in one transaction; where there is none, more are passed over. */
const SLICE_DAYS = 7;
const MAX_SLICE_DAYS = 16 * SLICE_DAYS;
const EARLIEST = '2000-01-01T00:00:00Z';
const LOCK = 7_301_994_223;
const SLICE_MS = 600_000;

interface ScopeRow {
  id: number;
  feeds: number[];
  retentions: string[];
  now: string;
  forgotten_before: string | null;
  emptied_before: string | null;
}

const SCOPES = `
SELECT s.id, array_agg(f.id) AS feeds, array_agg(f.key_retention) AS retentions, clock_timestamp() AS now,
  s.forgotten_before, s.emptied_before
FROM key_scope s JOIN feed f ON f.key_scope_id = s.id
GROUP BY s.id HAVING NOT bool_or(f.key_retention = 'forever') ORDER BY s.id`;

/** Only of usage that nothing was ever corrected about: keys with a history stay. In key order, as all writers. */
const FORGET = `
WITH old AS MATERIALIZED (
  SELECT DISTINCT usage_key, import_id, record_index FROM usage
  WHERE feed_id = ANY($2::int[]) AND kind = 0 AND date >= $3 AND date < $4 AND usage_key IS NOT NULL
), cell AS MATERIALIZED (
  SELECT c.scope_id, c.key FROM old JOIN key_cell c ON c.scope_id IN ($1::int, -$1::int) AND c.key = old.usage_key
    AND c.import_id = old.import_id AND c.record_index = old.record_index
  WHERE c.state = 1 AND c.generation = 1 AND c.open_import_id IS NULL
    AND NOT EXISTS (
      SELECT FROM usage part WHERE part.import_id = c.import_id AND part.record_index = c.record_index AND part.date >= $5
    )
  ORDER BY c.scope_id, c.key FOR UPDATE OF c
)
DELETE FROM key_cell WHERE (scope_id, key) IN (SELECT scope_id, key FROM cell)`;

/**
 * Forgets the keys of usage that is older than its feed keeps keys: of feeds that share a scope, the one that
 * keeps them longest. First the scope refuses such usage for ever, then the cells go.
 * @returns how many keys were forgotten
 */
export async function forgetKeys(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<ScopeRow>(SCOPES);
  let forgotten = 0;
  for (const scope of rows) {
    const horizon = horizonOf(scope);
    await pool.query(
      `UPDATE key_scope SET forgotten_before = $2
       WHERE id = $1 AND (forgotten_before IS NULL OR forgotten_before < $2)`,
      [scope.id, horizon],
    );
    forgotten += await empty(pool, scope, horizon);
  }
  return forgotten;
}

function horizonOf({ now, retentions }: ScopeRow): string {
  const moment = DateTime.fromSQL(now, { zone: 'UTC' });
  return DateTime.min(
    ...retentions.map((text) => moment.minus(Duration.fromISO(text)).minus(MARGIN)),
  )!.toISO()!;
}

async function empty(pool: pg.Pool, scope: ScopeRow, horizon: string): Promise<number> {
  const end = DateTime.fromISO(horizon, { zone: 'UTC' });
  let from = scope.emptied_before
    ? DateTime.fromSQL(scope.emptied_before, { zone: 'UTC' })
    : DateTime.fromISO(EARLIEST, { zone: 'UTC' });
  let forgotten = 0;
  let days = SLICE_DAYS;
  while (from < end) {
    const to = DateTime.min(from.plus({ days }), end);
    const slice = [scope.id, scope.feeds, from.toISO(), to.toISO(), horizon];
    const count = await inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ mine: boolean }>(
        `SELECT pg_try_advisory_xact_lock(${LOCK}) AS mine`,
      );
      if (!rows[0]!.mine) return null;
      await client.query(`SET LOCAL statement_timeout = ${SLICE_MS}`);
      if (days > SLICE_DAYS && (await hasUsage(client, slice))) return 'too long';
      const query: TimedQuery = { text: FORGET, values: slice, query_timeout: SLICE_MS };
      const { rowCount } = await client.query(query);
      await client.query('UPDATE key_scope SET emptied_before = $2 WHERE id = $1', [scope.id, to.toISO()]);
      return rowCount ?? 0;
    });
    if (count === null) return forgotten;
    if (count === 'too long') {
      days = SLICE_DAYS;
      continue;
    }
    forgotten += count;
    days = Math.min(2 * days, MAX_SLICE_DAYS);
    from = to;
  }
  return forgotten;
}

async function hasUsage(client: pg.PoolClient, slice: readonly unknown[]): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM usage WHERE feed_id = ANY($1::int[]) AND date >= $2 AND date < $3) AS found',
    slice.slice(1, 4),
  );
  return rows[0]!.found;
}
