import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  DEFAULT_LIMIT,
  LIST_PARAMETERS,
  type Page,
  type ValuesOf,
  maskedOrNull,
  notFound,
  oneOf,
  pageOf,
  parseIndex,
  readCursor,
  toExceptionId,
  toRfc3339OrNull,
  toUsageId,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { type ImportPlace, ImportsService } from './imports.service.js';
import { type RecordHistory, type RecordView, VERDICTS, type Verdict } from './record-view.js';
import { seesMasked } from './visibility.js';

export const RECORD_FILTERS = { ...LIST_PARAMETERS, verdict: oneOf(VERDICTS, 'How the record ended.') };

interface ChunkRow {
  first_index: number;
  ended_at: string | null;
  letters: string;
}

interface DetailRow {
  index: number;
  reason: string | null;
  usage_key: string | null;
  of_tracking_id: string | null;
  of_index: number | null;
  exception: boolean;
  entries: [part: number, generation: number][] | null;
}

interface Decided {
  readonly index: number;
  readonly verdict: Verdict;
  readonly decidedAt: string | null;
}

const LIST = 'records';
const VERDICT_OF: Readonly<Record<string, Verdict>> = {
  i: 'imported',
  e: 'exception',
  s: 'skipped',
  d: 'duplicate',
  p: 'pending',
};

const CHUNKS = `
SELECT first_index, ended_at, coalesce(verdicts, repeat('p', total)) AS letters
FROM chunk WHERE import_id = $1 AND first_index + total > $2 ORDER BY first_index`;

/** What is known of the given records beside their verdicts: details of the chunks, exceptions, usage. */
const DETAILS = `
SELECT w.index, d.reason, coalesce(d.usage_key, x.usage_key, u.usage_key) AS usage_key,
  o.tracking_id AS of_tracking_id, d.of_index, x.import_id IS NOT NULL AS exception, u.entries
FROM unnest($2::int[]) AS w(index)
LEFT JOIN (
  SELECT (e ->> 0)::int AS index, e ->> 1 AS reason, e ->> 2 AS usage_key, (e ->> 3)::bigint AS of_import_id,
    (e ->> 4)::int AS of_index
  FROM chunk c CROSS JOIN LATERAL jsonb_array_elements(c.details) e
  WHERE c.import_id = $1 AND c.first_index <= $4 AND c.first_index + c.total > $3
) d ON d.index = w.index
LEFT JOIN import o ON o.id = d.of_import_id
LEFT JOIN exception x ON x.import_id = $1 AND x.record_index = w.index AND x.produced_by = $1
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_array(part, generation) ORDER BY part, generation) AS entries, min(usage_key) AS usage_key
  FROM usage WHERE import_id = $1 AND record_index = w.index AND kind = 0 AND produced_by = $1
) u ON true`;

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
    const views = await this.views(caller, place, decided);
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
    const [view] = decided ? await this.views(caller, place, [decided]) : [];
    if (!decided || !view) throw notFound('This import has no record with this index.');
    const verdict = { trackingId: place.trackingId, decidedAt: decided.decidedAt, ...view };
    return { trackingId: place.trackingId, index, verdicts: [verdict] };
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
    for (const chunk of rows) {
      for (let n = Math.max(0, from - chunk.first_index); n < chunk.letters.length; n++) {
        const verdict = VERDICT_OF[chunk.letters[n]!]!;
        if (wanted && verdict !== wanted) continue;
        found.push({ index: chunk.first_index + n, verdict, decidedAt: toRfc3339OrNull(chunk.ended_at) });
        if (found.length === limit) return found;
      }
    }
    return found;
  }

  private async views(
    caller: Caller,
    place: ImportPlace,
    decided: readonly Decided[],
  ): Promise<RecordView[]> {
    const indexes = decided.map((d) => d.index);
    if (indexes.length === 0) return [];
    const { rows } = await this.pool.query<DetailRow>(DETAILS, [
      place.id,
      indexes,
      indexes[0],
      indexes.at(-1),
    ]);
    const byIndex = new Map(rows.map((row) => [row.index, row]));
    return decided.map(({ index, verdict }) => toView(caller, place, verdict, byIndex.get(index)!));
  }
}

function toView(caller: Caller, { id: importId }: ImportPlace, verdict: Verdict, row: DetailRow): RecordView {
  const { index } = row;
  const usageIds = (row.entries ?? []).map(([part, generation]) =>
    toUsageId({ kind: 'usage', importId, index, part, generation }),
  );
  const hasOther = row.of_tracking_id !== null && row.of_index !== null;
  return {
    index,
    verdict,
    usageKey: seesMasked(caller) ? maskedOrNull(row.usage_key) : row.usage_key,
    usageIds,
    exceptionId: row.exception ? toExceptionId({ importId, index }) : null,
    reason: row.reason,
    duplicateOf: hasOther ? { trackingId: row.of_tracking_id!, index: row.of_index! } : null,
    of: null,
  };
}
