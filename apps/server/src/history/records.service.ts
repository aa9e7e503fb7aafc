import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  DEFAULT_LIMIT,
  LIST_PARAMETERS,
  type Page,
  type RecordPlace,
  type ValuesOf,
  maskedOrNull,
  notFound,
  oneOf,
  pageOf,
  parseIndex,
  readCursor,
  selectRows,
  toExceptionId,
  toRfc3339OrNull,
  toUsageId,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import type { Fact } from '../retention/index.js';
import { type ImportPlace, ImportsService } from './imports.service.js';
import type { CorrectionOperation } from './correction-view.js';
import { standingsOf } from './record-standing.js';
import {
  type RecordDecision,
  type RecordHistory,
  type RecordView,
  VERDICTS,
  type Verdict,
} from './record-view.js';
import { CORRECTION_COLUMNS, type CorrectionColumns, takenBackBy, toCorrection } from './taken-back.js';
import { seesMasked } from './visibility.js';

export const RECORD_FILTERS = { ...LIST_PARAMETERS, verdict: oneOf(VERDICTS, 'How the record ended.') };

interface ChunkRow {
  id: number;
  first_index: number;
  is_correction: boolean;
  ended_at: string | null;
  letters: string;
}

interface DetailRow {
  import_id: number;
  index: number;
  origin_id: number;
  origin_index: number;
  origin_tracking_id: string | null;
  reason: string | null;
  usage_key: string | null;
  of_tracking_id: string | null;
  of_index: number | null;
  exception: boolean;
  entries: [part: number, generation: number][] | null;
  reversed: [importId: number, index: number, part: number, generation: number][] | null;
  own_reversed: [importId: number, index: number, part: number, generation: number][] | null;
  operation: CorrectionOperation | null;
  expired: Fact[];
}

/** A record of an import and its verdict there. */
export interface Decided {
  readonly importId: number;
  readonly index: number;
  /** The record that a correction decided again; itself where it came with this import. */
  readonly origin: RecordPlace;
  readonly verdict: Verdict;
  readonly decidedAt: string | null;
}

const LIST = 'records';
/** Verdicts by the letters of a chunk. */
export const VERDICT_OF: Readonly<Record<string, Verdict>> = {
  i: 'imported',
  e: 'exception',
  s: 'skipped',
  d: 'duplicate',
  p: 'pending',
};

/** Where the row of a record with a verdict stands. */
const FACT_OF: Readonly<Partial<Record<Verdict, Fact>>> = { imported: 'usage', exception: 'exceptions' };

const CHUNKS = `
SELECT id, first_index, ended_at, origins IS NOT NULL AS is_correction, coalesce(verdicts, repeat('p', total)) AS letters
FROM chunk WHERE import_id = $1 AND first_index + total > $2 ORDER BY first_index`;

/** The records that positions in chunks of corrections stand for, in the order given. */
const ORIGINS = `
SELECT o.import_id AS "importId", o.first_index + w.position - o.starts_at AS index
FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS w (chunk_id, position, n)
JOIN (
  SELECT c.id, p.* FROM chunk c CROSS JOIN LATERAL origin_places(c.origins) p WHERE c.id = ANY($1)
) o ON o.id = w.chunk_id AND w.position >= o.starts_at AND w.position <= o.starts_at + o.last_index - o.first_index
ORDER BY w.n`;

/** What corrections have decided about a record, oldest first. */
const CORRECTIONS = `
SELECT i.id, i.tracking_id, h.ended_at, h.first_index + o.starts_at + $2::int - o.first_index AS index,
  coalesce(substr(h.verdicts, o.starts_at + $2::int - o.first_index + 1, 1), 'p') AS letter, ${CORRECTION_COLUMNS}
FROM correction_origin g JOIN chunk h ON h.id = g.chunk_id JOIN import i ON i.id = h.import_id
JOIN correction c ON c.import_id = i.id
CROSS JOIN LATERAL origin_places(h.origins) o
WHERE g.import_id = $1 AND o.import_id = $1 AND o.first_index <= $2 AND o.last_index >= $2
ORDER BY h.id`;

interface CorrectionRow extends CorrectionColumns {
  id: number;
  tracking_id: string;
  ended_at: string | null;
  index: number;
  letter: string;
}

/**
 * What is known of the given records beside their verdicts: details of their chunks, exceptions, usage. A correction
 * counts its records in its own import; what they became stands with their origin.
 */
const DETAILS = `
WITH w AS MATERIALIZED (
  SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::int[]) AS w (import_id, index, origin_id, origin_index)
)
SELECT w.*, d.reason, coalesce(d.usage_key, x.usage_key, u.usage_key, own.usage_key) AS usage_key,
  o.tracking_id AS of_tracking_id, d.of_index, x.import_id IS NOT NULL AS exception, u.entries, r.reversed,
  own.reversed AS own_reversed, g.tracking_id AS origin_tracking_id, k.operation,
  ARRAY(SELECT fact FROM expired_facts WHERE block_id = w.origin_id >> 32) AS expired
FROM w
LEFT JOIN (
  SELECT c.import_id, (e ->> 0)::int AS index, e ->> 1 AS reason, e ->> 2 AS usage_key,
    (e ->> 3)::bigint AS of_import_id, (e ->> 4)::int AS of_index
  FROM chunk c CROSS JOIN LATERAL jsonb_array_elements(c.details) e
  WHERE c.id IN (
    SELECT h.id FROM w JOIN chunk h ON h.import_id = w.import_id
    WHERE w.index >= h.first_index AND w.index < h.first_index + h.total
  )
) d ON d.import_id = w.import_id AND d.index = w.index
LEFT JOIN import o ON o.id = d.of_import_id
LEFT JOIN import g ON g.id = w.origin_id AND w.origin_id <> w.import_id
LEFT JOIN correction k ON k.import_id = w.import_id
LEFT JOIN exception x
  ON x.import_id = w.origin_id AND x.record_index = w.origin_index AND x.produced_by = w.import_id
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_array(part, generation) ORDER BY part, generation) AS entries, min(usage_key) AS usage_key
  FROM usage
  WHERE import_id = w.origin_id AND record_index = w.origin_index AND kind = 0 AND produced_by = w.import_id
) u ON true
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_array(import_id, record_index, part, generation) ORDER BY part, generation) AS reversed
  FROM usage
  WHERE import_id = d.of_import_id AND record_index = d.of_index AND kind = 1 AND produced_by = w.import_id
    AND (import_id, record_index) <> (w.origin_id, w.origin_index)
) r ON true
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_array(import_id, record_index, part, generation) ORDER BY part, generation) AS reversed,
    min(usage_key) AS usage_key
  FROM usage
  WHERE import_id = w.origin_id AND record_index = w.origin_index AND kind = 1 AND produced_by = w.import_id
    AND w.origin_id <> w.import_id
) own ON true`;

/** The verdict of every record of an import, in the order sent. */
@Injectable()
export class RecordsService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly imports: ImportsService,
  ) {}

  /** @throws Problem 404, 403 */
  async list(
    caller: Caller,
    trackingId: string,
    query: ValuesOf<typeof RECORD_FILTERS>,
  ): Promise<Page<RecordView>> {
    const { limit = DEFAULT_LIMIT, verdict } = query;
    const cursor = readCursor(LIST, ['integer'], query.cursor);
    const place = await this.imports.find(caller, trackingId);
    const after = cursor === null ? -1 : (cursor[0] as number);
    const decided = await this.decided(place, after + 1, limit + 1, verdict);
    const views = await this.views(caller, decided);
    return pageOf(
      LIST,
      views,
      limit,
      (view) => view,
      (view) => [view.index],
    );
  }

  /** @throws Problem 404, 403 */
  async history(caller: Caller, trackingId: string, indexText: string): Promise<RecordHistory> {
    const place = await this.imports.find(caller, trackingId);
    const index = parseIndex(indexText);
    if (index === null || index >= place.total) throw notFound('This import has no record with this index.');
    const [decided] = await this.decided(place, index, 1);
    const [view] = decided ? await this.views(caller, [decided]) : [];
    if (!decided || !view) throw notFound('This import has no record with this index.');
    const { origin } = decided;
    const corrections = await this.corrections(caller, origin);
    const isOwn = origin.importId === place.id;
    const verdict = { trackingId: place.trackingId, decidedAt: decided.decidedAt, correction: null, ...view };
    const [now] = await standingsOf(this.pool, [origin]);
    return {
      trackingId: place.trackingId,
      index,
      verdicts: isOwn
        ? [verdict, ...corrections]
        : corrections.filter(({ trackingId }) => trackingId === place.trackingId),
      takenBackBy: await takenBackBy(this.pool, origin.importId, origin.index),
      now: now!,
    };
  }

  private async corrections(caller: Caller, origin: RecordPlace): Promise<RecordDecision[]> {
    const { rows } = await this.pool.query<CorrectionRow>(CORRECTIONS, [origin.importId, origin.index]);
    const decided = rows.map((row) => ({
      importId: row.id,
      index: row.index,
      origin,
      verdict: VERDICT_OF[row.letter]!,
      decidedAt: toRfc3339OrNull(row.ended_at),
    }));
    const views = await this.views(caller, decided);
    return views.map((view, n) => ({
      trackingId: rows[n]!.tracking_id,
      decidedAt: decided[n]!.decidedAt,
      correction: toCorrection(rows[n]!),
      ...view,
    }));
  }

  /** The first `limit` records from an index on, of one verdict or of any. */
  private async decided(
    place: ImportPlace,
    from: number,
    limit: number,
    wanted?: Verdict,
  ): Promise<Decided[]> {
    const { rows } = await this.pool.query<ChunkRow>(CHUNKS, [place.id, from]);
    const found: Decided[] = [];
    const again: { chunkId: number; position: number }[] = [];
    for (const chunk of rows) {
      for (let n = Math.max(0, from - chunk.first_index); n < chunk.letters.length; n++) {
        const verdict = VERDICT_OF[chunk.letters[n]!]!;
        if (found.length === limit) break;
        if (wanted && verdict !== wanted) continue;
        const own = { importId: place.id, index: chunk.first_index + n };
        found.push({ ...own, origin: own, verdict, decidedAt: toRfc3339OrNull(chunk.ended_at) });
        if (chunk.is_correction) again.push({ chunkId: chunk.id, position: n });
      }
    }
    if (again.length === 0) return found;
    const origins = await this.pool.query<RecordPlace>(ORIGINS, [
      again.map(({ chunkId }) => chunkId),
      again.map(({ position }) => position),
    ]);
    return found.map((record, n) => ({ ...record, origin: origins.rows[n]! }));
  }

  /** The lines of records of any imports, in the order given. */
  async views(caller: Caller, decided: readonly Decided[]): Promise<RecordView[]> {
    if (decided.length === 0) return [];
    const rows = await selectRows<DetailRow>(this.pool, DETAILS, [
      decided.map((d) => d.importId),
      decided.map((d) => d.index),
      decided.map((d) => d.origin.importId),
      decided.map((d) => d.origin.index),
    ]);
    const byPlace = new Map(rows.map((row) => [`${row.import_id}-${row.index}`, row]));
    return decided.map((d) => toView(caller, d.verdict, byPlace.get(`${d.importId}-${d.index}`)!));
  }
}

function toView(caller: Caller, verdict: Verdict, row: DetailRow): RecordView {
  const origin = { importId: row.origin_id, index: row.origin_index };
  const usageIds = (row.entries ?? []).map(([part, generation]) =>
    toUsageId({ kind: 'usage', ...origin, part, generation }),
  );
  const reversalIds = (reversed: DetailRow['reversed']) =>
    (reversed ?? []).map(([importId, index, part, generation]) =>
      toUsageId({ kind: 'reversal', importId, index, part, generation }),
    );
  const ofOthers = verdict === 'duplicate' ? [] : reversalIds(row.reversed);
  const hasOther = verdict === 'duplicate' && row.of_tracking_id !== null && row.of_index !== null;
  return {
    index: row.index,
    verdict,
    usageKey: seesMasked(caller) ? maskedOrNull(row.usage_key) : row.usage_key,
    usageIds: [...usageIds, ...reversalIds(row.own_reversed), ...ofOthers],
    exceptionId: row.exception ? toExceptionId(origin) : null,
    reason: row.reason ?? (verdict === 'imported' ? reasonOf(row) : null),
    duplicateOf: hasOther ? { trackingId: row.of_tracking_id!, index: row.of_index! } : null,
    of: row.origin_tracking_id === null ? null : { trackingId: row.origin_tracking_id, index: origin.index },
    ...(FACT_OF[verdict] && row.expired.includes(FACT_OF[verdict]) ? { expired: true as const } : {}),
  };
}

/** Of what an operator has changed by itself, and the pipeline has no word for. */
const REASONS: Readonly<Partial<Record<CorrectionOperation, string>>> = {
  revert: 'reverted',
  void: 'voided',
  amend: 'amended',
};

const reasonOf = ({ operation }: DetailRow): string | null => (operation && REASONS[operation]) ?? null;
