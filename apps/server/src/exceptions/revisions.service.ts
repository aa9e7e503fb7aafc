import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { toJsonText } from 'feedmill/pipeline';
import { Audit, type ChangedBy } from '../admin/index.js';
import type { Caller } from '../auth/index.js';
import { Problem, type RecordPlace } from '../common/index.js';
import { PG_POOL, inTransaction, isUnderCorrection, lockCorrections } from '../database/index.js';
import { isOfFormat } from '../imports/index.js';
import { CorrectOneDto } from './correct-one.dto.js';
import { readBodyWithRaw } from './raw-member.js';
import type { ExceptionView } from './exception-view.js';
import { ExceptionsService } from './exceptions.service.js';

interface Standing {
  feed_id: number;
  format: 'rows' | 'records';
  status: ExceptionView['status'];
  is_under_correction: boolean;
  revision: number;
}

/** Held until the transaction ends: revisions of a record are numbered one after the other. */
const LOCK = `SELECT FROM exception WHERE import_id = $1 AND record_index = $2 ORDER BY attempt FOR NO KEY UPDATE`;

const STANDING = `
SELECT e.feed_id, f.format, coalesce(t.status, 'open') AS status, ${isUnderCorrection('e.import_id')} AS is_under_correction,
  coalesce((SELECT max(revision) FROM record_revision WHERE import_id = $1 AND record_index = $2), 0) AS revision
FROM exception e JOIN feed f ON f.id = e.feed_id LEFT JOIN exception_state t USING (import_id, record_index)
WHERE e.import_id = $1 AND e.record_index = $2 AND e.attempt = coalesce(t.attempt, 0)`;

const INSERT = `
INSERT INTO record_revision (import_id, record_index, revision, feed_id, key_id, author, note, raw)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

/** Corrects what was sent, record by record: what was sent stays, and a revision stands beside it. */
@Injectable()
export class RevisionsService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly exceptions: ExceptionsService,
    private readonly audit: Audit,
  ) {}

  /**
   * @param body with numbers kept as they were written
   * @throws Problem 404, 403, 410; 409 `exception_not_open`, `correction_in_progress`, `revision_conflict`; 422
   * `invalid_correction`
   */
  async correct(caller: Caller, by: ChangedBy, id: string, body: unknown): Promise<ExceptionView> {
    const correction = readBodyWithRaw(CorrectOneDto, body, 'invalid_correction');
    const place = await this.exceptions.find(caller, id);
    await inTransaction(this.pool, async (client) => {
      await lockCorrections(client, 'shared');
      await client.query(LOCK, [place.importId, place.index]);
      const { rows } = await client.query<Standing>(STANDING, [place.importId, place.index]);
      const standing = rows[0]!;
      refuseUnlessCorrectable(standing, correction);
      await this.write(client, caller, by, place, standing, correction);
    });
    return this.exceptions.get(caller, id);
  }

  private async write(
    client: pg.PoolClient,
    { keyId, name }: Caller,
    by: ChangedBy,
    { importId, index }: RecordPlace,
    { feed_id: feedId, revision }: Standing,
    { raw, note }: CorrectOneDto,
  ): Promise<void> {
    const next = revision + 1;
    await client.query(INSERT, [importId, index, next, feedId, keyId, name, note ?? null, toJsonText(raw)]);
    await this.audit.record(client, by, {
      action: 'exception.corrected',
      subject: `exception/e${importId}-${index}`,
      before: { revision },
      after: { revision: next, note: note ?? null },
    });
  }
}

function refuseUnlessCorrectable(
  { format, status, is_under_correction: isUnder, revision }: Standing,
  correction: CorrectOneDto,
): void {
  if (!isOfFormat(correction.raw, format)) {
    const message = `must be ${format === 'rows' ? 'the text of a row' : 'an object'}: the feed takes ${format}`;
    const errors = [{ pointer: '/raw', code: 'invalid_value', message }];
    throw new Problem(422, 'invalid_correction', `raw ${message}.`, { errors });
  }
  if (status !== 'open')
    throw new Problem(409, 'exception_not_open', `The exception is ${status}: there is nothing to correct.`);
  if (isUnder) {
    const detail = 'Records of this import are being decided again; correct it when that has ended.';
    throw new Problem(409, 'correction_in_progress', detail, { retryAfterSeconds: 5 });
  }
  if (correction.revision !== undefined && correction.revision !== null && correction.revision !== revision) {
    const detail = `The last revision is ${revision}, not ${correction.revision}: somebody else has corrected it.`;
    throw new Problem(409, 'revision_conflict', detail);
  }
}
