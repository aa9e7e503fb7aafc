import { Inject, Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import {
  ANY_JSON,
  DEFAULT_LIMIT,
  type ListValues,
  type Page,
  RawJson,
  pageOf,
  readCursor,
  toRfc3339,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { seesMasked } from '../history/index.js';
import { REJECTED_AT } from './exception-query.js';
import { STAGES } from './exception-view.js';
import { ExceptionsService } from './exceptions.service.js';
import { maskedText } from './masked-exception.js';
import { maskedMessage } from './masked-message.js';
import { toSubject } from './to-exception-view.js';

const TEXT = { type: String, nullable: true } as const;

/** One time that a record was rejected. */
export class AttemptView {
  @ApiProperty({ type: 'integer', description: 'Counts from 0; the last one is the present cause.' })
  attempt!: number;
  @ApiProperty({ format: 'uuid', description: 'The import that decided so: its own, or a correction.' })
  trackingId!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ enum: STAGES }) stage!: (typeof STAGES)[number];
  @ApiProperty(TEXT) step!: string | null;
  @ApiProperty() code!: string;
  @ApiProperty(TEXT) field!: string | null;
  @ApiProperty() message!: string;
}

/** What a record was changed to, and by whom. */
export class RevisionView {
  @ApiProperty({ type: 'integer', description: '0 is what was sent.' }) revision!: number;
  @ApiProperty(ANY_JSON) raw!: unknown;
  @ApiProperty({ ...TEXT, description: "The name of the author's key." }) author!: string | null;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty(TEXT) note!: string | null;
}

interface AttemptRow {
  attempt: number;
  tracking_id: string;
  rejected_at: string;
  stage: AttemptView['stage'];
  step: string | null;
  code: string;
  field: string | null;
  message: string;
  usage_key: string | null;
  missing_value: string | null;
  /** JSON texts: what was decided, and how far it came. */
  raw: string;
  record: string | null;
}

interface RevisionRow {
  revision: number;
  raw: string;
  author: string | null;
  created_at: string;
  note: string | null;
}

const ATTEMPTS = `
SELECT e.attempt, i.tracking_id, ${REJECTED_AT} AS rejected_at, e.stage, e.step, e.code, e.field, e.message, e.usage_key, e.missing_value,
  e.raw, e.record
FROM exception e JOIN import i ON i.id = e.produced_by
WHERE e.import_id = $1 AND e.record_index = $2 AND e.attempt < $3::int ORDER BY e.attempt DESC LIMIT $4`;

const REVISIONS = `
SELECT * FROM (
  SELECT revision, raw, author, created_at, note FROM record_revision WHERE import_id = $1 AND record_index = $2
  UNION ALL
  SELECT 0, (SELECT raw FROM exception WHERE import_id = i.id AND record_index = $2 ORDER BY attempt LIMIT 1),
    k.name, i.submitted_at, NULL
  FROM import i LEFT JOIN api_key k ON k.id = i.key_id WHERE i.id = $1
) r WHERE revision < $3::int ORDER BY revision DESC LIMIT $4`;

/** What an exception was: each time that it was rejected, and each content that it was given. */
@Injectable()
export class ExceptionHistory {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly exceptions: ExceptionsService,
  ) {}

  /** @throws Problem 404, 403, 410 */
  async attempts(caller: Caller, id: string, query: ListValues): Promise<Page<AttemptView>> {
    const isMasked = seesMasked(caller);
    const toView = (row: AttemptRow): AttemptView => ({
      attempt: row.attempt,
      trackingId: row.tracking_id,
      at: toRfc3339(row.rejected_at),
      stage: row.stage,
      step: row.step,
      code: row.code,
      field: row.field,
      message: isMasked ? maskedMessage(row.message, toSubject([row.raw], row)) : row.message,
    });
    return this.page(caller, id, query, ATTEMPTS, toView, (row) => row.attempt);
  }

  /** @throws Problem 404, 403, 410 */
  async revisions(caller: Caller, id: string, query: ListValues): Promise<Page<RevisionView>> {
    const isMasked = seesMasked(caller);
    const toView = (row: RevisionRow): RevisionView => ({
      revision: row.revision,
      raw: isMasked ? maskedText(row.raw) : new RawJson(row.raw),
      author: row.author,
      at: toRfc3339(row.created_at),
      note: row.note,
    });
    return this.page(caller, id, query, REVISIONS, toView, (row) => row.revision);
  }

  /** A list of one exception, ordered by a number that counts up. */
  private async page<Row extends object, View>(
    caller: Caller,
    id: string,
    { limit = DEFAULT_LIMIT, cursor }: ListValues,
    sql: string,
    toView: (row: Row) => View,
    numberOf: (row: Row) => number,
  ): Promise<Page<View>> {
    const [before = MAX_INTEGER] = readCursor(id, ['integer'], cursor) ?? [];
    const { importId, index } = await this.exceptions.find(caller, id);
    const { rows } = await this.pool.query<Row>(sql, [importId, index, before, limit + 1]);
    return pageOf(id, rows, limit, toView, (row) => [numberOf(row)]);
  }
}

const MAX_INTEGER = 2 ** 31 - 1;
