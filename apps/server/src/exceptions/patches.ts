import type pg from 'pg';
import { Problem, refusedBody, toRfc3339 } from '../common/index.js';
import type { PatchReport, PatchRequest, PatchResult } from '../plugins/index.js';
import type { Selected } from './selected.js';

/** Records of one question to the child, and characters of them, unless one record has more. */
const BATCH_RECORDS = 300;
const BATCH_SIZE = 4_000_000;
/** Characters that a correction may write: it is one transaction. */
const MAX_SIZE = 64_000_000;
/** Whoever has asked waits. */
const DEADLINE_MS = 30_000;

/** An exception with what its record is now: JSON text. */
interface Loaded {
  readonly n: number;
  readonly raw: string;
  readonly revision: number;
  readonly accepted_at: string;
}

/** A record with what the patch makes of it. */
export interface Patched {
  readonly exception: Selected;
  /** JSON text of the last revision, and its number. */
  readonly before: string;
  readonly revision: number;
  readonly result: PatchResult;
}

/** The first of the given places whose records are small enough together. */
const LOAD = `
SELECT n, raw, revision, accepted_at FROM (
  SELECT p.n::int AS n, coalesce(v.raw, x.raw) AS raw, coalesce(v.revision, 0) AS revision, i.submitted_at AS accepted_at,
    sum(length(coalesce(v.raw, x.raw))) OVER (ORDER BY p.n) AS size
  FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS p(import_id, record_index, n)
  JOIN import i ON i.id = p.import_id
  CROSS JOIN LATERAL (
    SELECT raw FROM exception WHERE import_id = p.import_id AND record_index = p.record_index ORDER BY attempt LIMIT 1
  ) x
  LEFT JOIN LATERAL (
    SELECT raw, revision FROM record_revision
    WHERE import_id = p.import_id AND record_index = p.record_index ORDER BY revision DESC LIMIT 1
  ) v ON true
) sized WHERE size <= ${BATCH_SIZE} OR n = 1 ORDER BY n`;

const FEEDS = `
SELECT id, name, api_name AS "apiName", format, time_zone AS "timeZone", parameters FROM feed WHERE id = ANY($1::int[])`;

/** Whether a patch compiles does not depend on the feed. */
const NO_FEED: PatchRequest['feed'] = {
  name: '',
  apiName: '',
  format: 'records',
  timeZone: 'UTC',
  parameters: {},
};

type PatchedFeed = PatchRequest['feed'] & { readonly id: number };

/**
 * What a patch makes of exceptions, batch by batch.
 * @param ask asks a child
 * @throws Problem 422 for a patch that cannot be compiled, takes too long or writes too much
 */
export async function patchAll(
  client: Pick<pg.Pool, 'query'>,
  exceptions: readonly Selected[],
  patch: string,
  ask: (request: PatchRequest) => Promise<PatchReport>,
): Promise<Patched[]> {
  if (exceptions.length === 0) {
    resultsOf(await ask({ kind: 'patch-records', patch, feed: NO_FEED, records: [] }));
    return [];
  }
  const deadline = Date.now() + DEADLINE_MS;
  const patched: Patched[] = [];
  let size = 0;
  for (const { feed, members } of await byFeed(client, exceptions)) {
    for (let done = 0; done < members.length;) {
      if (Date.now() > deadline) throw tooMuch('patch_too_slow', 'Evaluating the patch takes too long');
      const batch = members.slice(done, done + BATCH_RECORDS);
      const loaded = await load(client, batch);
      const records = loaded.map(({ raw, accepted_at: at }) => ({ raw, acceptedAt: toRfc3339(at) }));
      const results = resultsOf(await ask({ kind: 'patch-records', patch, feed, records }));
      loaded.forEach(({ n, raw: before, revision }, place) => {
        const result = results[place]!;
        patched.push({ exception: batch[n - 1]!, before, revision, result });
        if ('raw' in result && result.isChanged) size += result.raw.length;
      });
      if (size > MAX_SIZE)
        throw tooMuch('selection_too_large', 'The corrected records are too large together');
      done += loaded.length;
    }
  }
  return patched;
}

function resultsOf(report: PatchReport): readonly PatchResult[] {
  if ('problems' in report) throw refusedBody('invalid_patch', report.problems);
  return report.results;
}

async function load(client: Pick<pg.Pool, 'query'>, batch: readonly Selected[]): Promise<Loaded[]> {
  const places = [batch.map((one) => one.import_id), batch.map((one) => one.record_index)];
  const { rows } = await client.query<Loaded>(LOAD, places);
  // Retention was quicker.
  if (rows.length === 0)
    throw new Problem(410, 'exception_expired', 'The exceptions have just left by retention.');
  return rows;
}

async function byFeed(
  client: Pick<pg.Pool, 'query'>,
  exceptions: readonly Selected[],
): Promise<{ feed: PatchedFeed; members: Selected[] }[]> {
  const ids = [...new Set(exceptions.map((one) => one.feed_id))];
  const { rows } = await client.query<PatchedFeed>(FEEDS, [ids]);
  return rows.map((feed) => ({ feed, members: exceptions.filter((one) => one.feed_id === feed.id) }));
}

const tooMuch = (code: string, what: string) => new Problem(422, code, `${what}; narrow the selection.`);
