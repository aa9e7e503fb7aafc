import { createHash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { untilSettled } from '../../support/index.js';

export interface FeedIds {
  readonly id: number;
  readonly apiName: string;
  readonly versionId: number;
  readonly scopeId: number;
}

export interface Key {
  readonly id: number;
  readonly text: string;
  readonly name: string;
}

export interface StoredImport {
  readonly id: number;
  readonly trackingId: string;
}

/** A record as the pipeline would have stored it; letters as in `chunk.verdicts`, `p` while it is pending. */
export interface StoredRecord {
  readonly letter: 'i' | 'e' | 's' | 'd' | 'p';
  readonly key: string;
  readonly reason?: string;
  readonly duplicateOf?: { readonly importId: number; readonly index: number };
  /** Columns of the usage or exception row in place of the usual ones. */
  readonly row?: Readonly<Record<string, unknown>>;
}

/** Writes rows as accepting and mediating write them, so that reading is tested by itself. */
export class Ledger {
  private constructor(private readonly client: pg.Client) {}

  static async open(databaseUrl: string): Promise<Ledger> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return new Ledger(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async one<T = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<T> {
    const { rows } = await this.client.query(sql, values);
    return rows[0] as T;
  }

  async feed(apiName: string): Promise<FeedIds> {
    const profile = await this.insert('profile', { name: `profile of ${apiName}` });
    const version = await this.insert('profile_version', {
      profile_id: profile.id,
      version: 3,
      status: 'published',
      definition: '{}',
      created_by: 'test',
    });
    const scope = await this.one<{ id: number }>('INSERT INTO key_scope DEFAULT VALUES RETURNING id');
    const feed = await this.insert('feed', {
      name: `Feed ${apiName}`,
      api_name: apiName,
      format: 'records',
      profile_id: profile.id,
      usage_key: '{"fields":["id"]}',
      key_scope_id: scope.id,
    });
    return { id: feed.id, apiName, versionId: version.id, scopeId: scope.id };
  }

  async key(name: string, role: string, feeds: readonly FeedIds[] | null = null): Promise<Key> {
    const publicId = createHash('sha256').update(name).digest('hex').slice(0, 12);
    const text = `fm_${publicId}_${'k'.repeat(32)}`;
    const { id } = await this.insert('api_key', {
      public_id: publicId,
      name,
      role,
      feeds: feeds?.map((feed) => feed.id) ?? null,
    });
    await this.insert('api_key_secret', { key_id: id, sha256: createHash('sha256').update(text).digest() });
    return { id, text, name };
  }

  /** An import of one chunk; running while a record of it is pending. */
  async import(
    feed: FeedIds,
    records: readonly StoredRecord[],
    more: { keyId?: number; source?: string; submittedAt?: string; body?: string; contentType?: string } = {},
  ): Promise<StoredImport> {
    const isRunning = records.some((r) => r.letter === 'p');
    const count = (letter: string) => records.filter((r) => r.letter === letter).length;
    const { id } = await this.one<{ id: string }>(
      'SELECT next_import_id(block_id) AS id FROM feed WHERE id = $1',
      [feed.id],
    );
    const importId = Number(id);
    const trackingId = randomUUID();
    const submittedAt = more.submittedAt ?? '2026-03-01T00:00:00Z';
    const counts = {
      imported: count('i'),
      exception: count('e'),
      skipped: count('s'),
      duplicate: count('d'),
    };
    await this.insert('import', {
      id: importId,
      tracking_id: trackingId,
      feed_id: feed.id,
      profile_version_id: feed.versionId,
      submitted_at: submittedAt,
      key_id: more.keyId ?? null,
      source: more.source ?? null,
      total: records.length,
      ...(!isRunning && {
        status: 'completed',
        started_at: '2026-03-01T00:00:01Z',
        ended_at: '2026-03-01T00:00:02.5Z',
        usage_count: counts.imported,
        ...counts,
      }),
    });
    const body = more.body ?? '[]';
    await this.insert('import_body', {
      import_id: importId,
      content_type: more.contentType ?? 'application/json',
      raw_bytes: Buffer.byteLength(body),
      sha256: createHash('sha256').update(body).digest(),
      body: gzipSync(body),
    });
    const done = records.filter((r) => r.letter !== 'p');
    await this.chunk(feed, importId, 0, done);
    if (isRunning) {
      await this.insert('chunk', {
        import_id: importId,
        feed_id: feed.id,
        profile_version_id: feed.versionId,
        first_index: done.length,
        total: records.length - done.length,
      });
    }
    for (const [index, record] of done.entries()) await this.record(feed, importId, index, record);
    return { id: importId, trackingId };
  }

  /** A posting of that moment, for `posting_id` of a record's row; now unless said. */
  async posting(postedAt?: string): Promise<string> {
    const posted = await this.one<{ id: string }>(
      'INSERT INTO posting (posted_at, entries) VALUES (coalesce($1, clock_timestamp()), 1) RETURNING id',
      [postedAt],
    );
    return posted.id;
  }

  /** The reversal of an entry, as a revert would post it. */
  async reverse(of: StoredImport, index: number, postedAt?: string): Promise<void> {
    await this.client.query(
      `INSERT INTO usage (import_id, posting_id, produced_by, date, record_index, feed_id, profile_version_id, part,
         generation, kind, flags, value, quantity, unit_price, amount, currency, time_zone, usage_key, usage_identifier,
         usage_class, usage_class_type, account_id, service_id, cost_quantity, cost_unit_price, cost_amount, cost_currency)
       SELECT import_id, $3, produced_by, date, record_index, feed_id, profile_version_id, part, generation, 1, flags,
         -value, -quantity, unit_price, -amount, currency, time_zone, usage_key, usage_identifier, usage_class,
         usage_class_type, account_id, service_id, -cost_quantity, cost_unit_price, -cost_amount, cost_currency
       FROM usage WHERE import_id = $1 AND record_index = $2 AND kind = 0`,
      [of.id, index, await this.posting(postedAt)],
    );
  }

  /** Until readers in ledger order have all of it. */
  settled(): Promise<void> {
    return untilSettled(this.client);
  }

  async settle(of: StoredImport, index: number, status: string, by: StoredImport): Promise<void> {
    await this.insert('exception_state', {
      import_id: of.id,
      record_index: index,
      status,
      resolved_by: by.id,
    });
  }

  async insert(table: string, row: Readonly<Record<string, unknown>>): Promise<{ id: number }> {
    const columns = Object.keys(row);
    const values = columns.map((_, n) => `$${n + 1}`);
    return this.one(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values.join(', ')}) RETURNING *`,
      Object.values(row),
    );
  }

  private async chunk(feed: FeedIds, importId: number, first: number, records: readonly StoredRecord[]) {
    if (records.length === 0) return;
    const verdicts = records.map((r) => r.letter).join('');
    const count = (letter: string) => verdicts.split(letter).length - 1;
    const details = records.flatMap((r, n) =>
      r.letter === 's' || r.letter === 'd'
        ? [
            [
              first + n,
              r.reason ?? null,
              r.key,
              r.duplicateOf?.importId ?? null,
              r.duplicateOf?.index ?? null,
            ],
          ]
        : [],
    );
    await this.insert('chunk', {
      import_id: importId,
      feed_id: feed.id,
      profile_version_id: feed.versionId,
      first_index: first,
      total: records.length,
      state: 1,
      started_at: '2026-03-01T00:00:01Z',
      ended_at: '2026-03-01T00:00:02Z',
      verdicts,
      details: details.length ? JSON.stringify(details) : null,
      imported: count('i'),
      exception: count('e'),
      skipped: count('s'),
      duplicate: count('d'),
      usage_count: count('i'),
    });
  }

  private async record(feed: FeedIds, importId: number, index: number, record: StoredRecord): Promise<void> {
    const place = { import_id: importId, record_index: index, produced_by: importId, feed_id: feed.id };
    if (record.letter === 'i') {
      await this.insert('usage', {
        ...place,
        posting_id: record.row?.posting_id ?? (await this.posting()),
        date: '2026-03-01T12:00:00.010Z',
        profile_version_id: feed.versionId,
        part: 0,
        generation: 1,
        kind: 0,
        flags: 0,
        value: '1250',
        time_zone: 'UTC',
        usage_key: record.key,
        ...record.row,
      });
      await this.insert('key_cell', {
        scope_id: feed.scopeId,
        state: 1,
        generation: 1,
        record_index: index,
        import_id: importId,
        key: record.key,
      });
    } else if (record.letter === 'e') {
      await this.insert('exception', {
        ...place,
        stage: 'resolve',
        step: 'resolve-identifier',
        code: 'identifier_not_found',
        field: 'originatingIdentifier',
        message: 'nobody owned "4038675310"',
        fingerprint: Buffer.alloc(16, 1),
        usage_key: record.key,
        raw: '{"id":"x"}',
        ...record.row,
      });
    }
  }
}
