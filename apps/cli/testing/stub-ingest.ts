import type { Counts } from '../imports/import.js';
import { type StubAnswer, type StubRequest, type StubRoute, problem } from './stub-api.js';

/** An import of the stub: the records of one request. */
interface StubImport {
  trackingId: string;
  records: unknown[];
}

/**
 * Feeds that accept, as the contract says: idempotency keys are kept, and an import is finished at the second look.
 * A record that holds `bad` becomes the exception `rate_not_found`.
 */
export class StubIngest {
  readonly imports = new Map<string, StubImport>();
  /** All records, in the order of acceptance. */
  readonly records: unknown[] = [];
  private readonly looks = new Map<string, number>();

  constructor(
    private readonly feeds: Record<string, object>,
    private readonly maxRecords = 1000,
  ) {}

  readonly route: StubRoute = (request) => {
    const feed = /^\/feeds\/(\w+)(\/usage)?$/.exec(request.path);
    if (feed && !this.feeds[feed[1]!]) return problem(404, 'feed_not_found', `there is no feed ${feed[1]}`);
    if (feed && request.method === 'GET') return { body: this.feeds[feed[1]!] };
    if (feed && request.method === 'POST') return this.accept(request);
    const trackingId = /^\/imports\/([\w-]+)$/.exec(request.path)?.[1];
    return trackingId === undefined ? undefined : this.show(trackingId);
  };

  private accept(request: StubRequest): StubAnswer {
    const key = request.headers['idempotency-key'] as string;
    const known = this.imports.get(key);
    if (known) return { status: 202, headers: { 'idempotency-replayed': 'true' }, body: known };
    const records = toRecords(request);
    if (records.length > this.maxRecords)
      return problem(413, 'too_many_records', `at most ${this.maxRecords}`);
    const created = { trackingId: `import-${this.imports.size + 1}`, records };
    this.imports.set(key, created);
    this.records.push(...records);
    return { status: 202, body: created };
  }

  private show(trackingId: string): StubAnswer {
    const found = [...this.imports.values()].find((each) => each.trackingId === trackingId);
    if (!found) return problem(404, 'import_not_found', `there is no import ${trackingId}`);
    const looks = (this.looks.get(trackingId) ?? 0) + 1;
    this.looks.set(trackingId, looks);
    return { body: looks > 1 ? finished(found) : queued(found) };
  }
}

function toRecords({ headers, text }: StubRequest): unknown[] {
  if (headers['content-type'] === 'application/x-ndjson') return text.trimEnd().split('\n');
  return (JSON.parse(text) as { data: unknown[] }).data;
}

function queued({ trackingId, records }: StubImport): object {
  return view(trackingId, 'queued', { total: records.length, pending: records.length });
}

function finished({ trackingId, records }: StubImport): object {
  const bad = records.filter((record) => JSON.stringify(record).includes('bad')).length;
  const counts = { total: records.length, imported: records.length - bad, exception: bad };
  return view(trackingId, 'completed', counts, bad > 0 ? { rate_not_found: bad } : {});
}

function view(
  trackingId: string,
  status: string,
  counts: Partial<Counts>,
  exception: Record<string, number> = {},
): object {
  return {
    trackingId,
    feed: { id: 1, name: 'usage-csv', apiName: 'usageCsv' },
    profile: { name: 'usage-csv', version: 1 },
    source: 'usage.csv',
    channel: 'api',
    status,
    submittedAt: '2026-05-01T00:00:00Z',
    startedAt: null,
    endedAt: null,
    submittedBy: 'k1',
    counts: { total: 0, imported: 0, exception: 0, skipped: 0, duplicate: 0, pending: 0, ...counts },
    reasons: { skipped: {}, exception },
    usageCount: 0,
    reprocessOf: null,
    revertedBy: null,
    error: null,
  };
}
