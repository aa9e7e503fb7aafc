import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { PG_POOL } from '../database/index.js';

/** How often records of a reprocessing were skipped or rejected, by reason or code. */
export interface Reasons {
  readonly skipped: Readonly<Record<string, number>>;
  readonly exception: Readonly<Record<string, number>>;
}

/** Why records were skipped or rejected: read once from each chunk, as a chunk that has ended does not change. */
@Injectable()
export class ReasonCounts {
  private readonly known = new Map<number, ReadonlyMap<number, readonly ReasonCount[]>>();

  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  /** @param reprocessId row id */
  async of(reprocessId: number): Promise<Reasons> {
    const before = this.known.get(reprocessId) ?? new Map<number, ReasonCount[]>();
    const chunks = new Map([...before, ...(await this.read(reprocessId, [...before.keys()]))]);
    this.keep(reprocessId, chunks);
    const counts = [...chunks.values()].flat();
    return { skipped: sumOf(counts, 'skipped'), exception: sumOf(counts, 'exception') };
  }

  private async read(
    reprocessId: number,
    knownChunks: readonly number[],
  ): Promise<Map<number, ReasonCount[]>> {
    const { rows } = await this.pool.query<ReasonCount & { chunkId: number }>(REASONS, [
      reprocessId,
      knownChunks,
    ]);
    const chunks = new Map<number, ReasonCount[]>();
    for (const { chunkId, ...count } of rows) chunks.set(chunkId, [...(chunks.get(chunkId) ?? []), count]);
    return chunks;
  }

  /** The last one asked for is the last one forgotten. */
  private keep(reprocessId: number, chunks: ReadonlyMap<number, readonly ReasonCount[]>): void {
    this.known.delete(reprocessId);
    this.known.set(reprocessId, chunks);
    const [oldest] = this.known.keys();
    if (this.known.size > MAX_KNOWN) this.known.delete(oldest!);
  }
}

interface ReasonCount {
  readonly verdict: 'skipped' | 'exception';
  readonly reason: string;
  readonly count: number;
}

/** Reprocessings; a million records are about a thousand counts. */
const MAX_KNOWN = 20;

/**
 * By chunk of a reprocessing that has ended, but for those that are known. Verdicts are turned into bytes once a chunk:
 * the place of a letter in a text is searched for from its beginning.
 */
const REASONS = `
WITH ended AS MATERIALIZED (
  SELECT h.id, h.import_id, h.first_index, h.origins, h.details, h.skipped, h.exception, convert_to(h.verdicts, 'UTF8') AS letters
  FROM correction c JOIN chunk h ON h.import_id = c.import_id
  WHERE c.reprocess_id = $1 AND h.state = 1 AND h.skipped + h.exception > 0 AND h.id <> ALL($2::bigint[])
)
SELECT e.id AS "chunkId", 'skipped' AS verdict, r.reason, r.count
FROM ended e CROSS JOIN LATERAL (
  SELECT d ->> 1 AS reason, count(*)::int AS count FROM jsonb_array_elements(e.details) d
  WHERE get_byte(e.letters, (d ->> 0)::int - e.first_index) = ascii('s') GROUP BY 1
) r WHERE e.skipped > 0
UNION ALL
SELECT e.id, 'exception', x.code, count(*)::int
FROM ended e CROSS JOIN LATERAL origin_places(e.origins) o
JOIN exception x ON x.import_id = o.import_id AND x.record_index BETWEEN o.first_index AND o.last_index
  AND x.produced_by = e.import_id
WHERE e.exception > 0 GROUP BY e.id, x.code`;

function sumOf(counts: readonly ReasonCount[], verdict: ReasonCount['verdict']): Record<string, number> {
  const sums = new Map<string, number>();
  for (const one of counts) {
    if (one.verdict === verdict) sums.set(one.reason, (sums.get(one.reason) ?? 0) + one.count);
  }
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}
