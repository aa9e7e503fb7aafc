import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { PG_POOL } from '../../database/index.js';
import type { Accepted } from './accept.service.js';
import { ImportEnds } from './import-ends.js';
import { readProgress } from './import-progress.js';

/** Answers that are held until their import has ended: `Prefer: wait`. */
@Injectable()
export class HeldAnswers {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly ends: ImportEnds,
  ) {}

  /** Whether an answer would be held; where too many are, the client is not made to wait. */
  get areTaken(): boolean {
    return this.ends.hasRoom;
  }

  /**
   * An accepted import as it stands once it has ended, or so many seconds later. It has been accepted: no trouble from
   * here on is a refusal.
   * @param gone aborted when the client has gone
   */
  async hold(accepted: Accepted, seconds: number, gone: AbortSignal): Promise<Accepted> {
    const { status, trackingId } = accepted;
    if (status === 'completed' || status === 'failed') return accepted;
    await this.ends.wait(trackingId, seconds * 1000, gone);
    if (gone.aborted) return accepted;
    const progress = await readProgress(this.pool, trackingId).catch(() => null);
    return { ...accepted, ...progress };
  }
}
