import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Gauge, register } from 'prom-client';
import { BriefCache } from '../../common/index.js';
import { PG_POOL } from '../../database/index.js';

/** One look serves all gauges of a scrape, and scrapes that come close together. */
const BELIEVED_MS = 5000;

/** Every part reads a small table or a partial index: the cost does not grow with the ledger. */
const SNAPSHOT = `
SELECT (SELECT count(*)::int FROM ring) AS window,
  (SELECT count(*)::int FROM import WHERE status = 'running') AS running,
  coalesce((SELECT extract(epoch FROM clock_timestamp() - min(first.submitted_at))::float8
    FROM import_block b CROSS JOIN LATERAL (
      SELECT submitted_at FROM import
      WHERE status = 'running' AND id >= b.id::bigint << 32 AND id < (b.id::bigint + 1) << 32 ORDER BY id LIMIT 1
    ) first), 0) AS oldest,
  (SELECT count(*)::int FROM worker WHERE seen_at > now() - interval '30 seconds') AS workers,
  (SELECT count(*)::int FROM feed WHERE paused) AS paused`;

interface Snapshot {
  readonly window: number;
  readonly running: number;
  readonly oldest: number;
  readonly workers: number;
  readonly paused: number;
}

const GAUGES: readonly (readonly [name: string, help: string, of: keyof Snapshot])[] = [
  ['feedmill_window_chunks', 'Chunks that have been given to the queue.', 'window'],
  ['feedmill_imports_running', 'Imports that have not ended.', 'running'],
  [
    'feedmill_oldest_pending_seconds',
    'Age of the oldest import that has not ended; 0 where all have.',
    'oldest',
  ],
  ['feedmill_workers', 'Worker processes seen within the last 30 seconds.', 'workers'],
  ['feedmill_feeds_paused', 'Feeds that accept usage whose chunks wait.', 'paused'],
];

/**
 * Gauges of the whole installation, the same on every process: take their maximum, not their sum.
 * NaN where the database does not answer.
 */
@Injectable()
export class BacklogGauges {
  private readonly snapshot: BriefCache<Snapshot | null>;

  constructor(@Inject(PG_POOL) pool: pg.Pool) {
    this.snapshot = new BriefCache(async () => {
      const { rows } = await pool.query<Snapshot>(SNAPSHOT).catch(() => ({ rows: [] as Snapshot[] }));
      return rows[0] ?? null;
    }, BELIEVED_MS);
    for (const [name, help, of] of GAUGES) {
      register.removeSingleMetric(name);
      const look = () => this.snapshot.get('');
      new Gauge({
        name,
        help: `${help} The same on every process.`,
        async collect() {
          this.set((await look())?.[of] ?? NaN);
        },
      });
    }
  }
}
