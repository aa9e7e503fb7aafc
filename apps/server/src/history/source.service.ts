import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import { forbidden, notFound } from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { KeptFacts } from '../retention/index.js';
import { ImportsService } from './imports.service.js';
import { seesMasked } from './visibility.js';

export interface Source {
  readonly contentType: string;
  readonly fileName: string;
  readonly body: Readable;
}

const EXTENSIONS: Readonly<Record<string, string>> = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' };

/** Bodies as they were received. */
@Injectable()
export class SourceService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly imports: ImportsService,
    private readonly kept: KeptFacts,
  ) {}

  /**
   * The body of an import, decompressed, as a stream: one part of it is in memory at a time.
   * @throws Problem 404, 403, 410 `body_expired`
   */
  async open(caller: Caller, trackingId: string): Promise<Source> {
    if (seesMasked(caller)) throw forbidden('A viewer sees raw records masked, and a body cannot be.');
    const { id, trackingId: name, isCorrection } = await this.imports.find(caller, trackingId);
    if (isCorrection) throw notFound('A correction has no body: its records came with other imports.');
    const { rows } = await this.pool.query<{ part: number; content_type: string }>(
      'SELECT part, content_type FROM import_body WHERE import_id = $1 ORDER BY part',
      [id],
    );
    const [first] = rows;
    if (!first) {
      await this.kept.refuseExpired('bodies', id);
      throw notFound('This import has no body.');
    }
    const extension = EXTENSIONS[first.content_type.split(';')[0]!.trim().toLowerCase()] ?? 'json';
    const compressed = Readable.from(
      this.parts(
        id,
        rows.map((row) => row.part),
      ),
    );
    const body = compressed.pipe(createGunzip());
    compressed.on('error', (error) => body.destroy(error));
    return { contentType: first.content_type, fileName: `${name}.${extension}`, body };
  }

  private async *parts(importId: number, numbers: readonly number[]): AsyncGenerator<Buffer> {
    for (const part of numbers) {
      const { rows } = await this.pool.query<{ body: Buffer }>(
        'SELECT body FROM import_body WHERE import_id = $1 AND part = $2',
        [importId, part],
      );
      if (!rows[0]) throw new Error(`part ${part} of the body of import ${importId} is gone`);
      yield rows[0].body;
    }
  }
}
