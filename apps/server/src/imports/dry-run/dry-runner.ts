import type pg from 'pg';
import { ImportError, type RejectResult, type StepContext, type UsageEntry } from 'feedmill/pipeline';
import type { DryRunRequest } from '../../plugins/child.js';
import type { ReferenceReader } from '../../reference/child.js';
import type { TimedQuery } from '../timed-query.js';
import { readElements } from '../envelope/index.js';
import { behindPosted } from '../run/behind-posted.js';
import { ChildConnection } from '../run/child-connection.js';
import type { CompiledProfiles } from '../run/compiled-profiles.js';
import { numberArray } from '../run/copy-text.js';
import { type Item, PostedAhead } from '../run/conflict-rules.js';
import { decideBatch } from '../run/decide-batch.js';
import { explainRefusals } from '../run/ledger-refusals.js';
import { type BatchFeed, loadFeed } from '../run/load-batch.js';
import { MarkWriter } from '../run/marks.js';
import { failChunk, runTogether, toLoadedChunk } from '../run/run-chunk.js';
import type { RecordRef, VerdictLetter } from '../run/verdict.js';

/** A record of the ledger or, without a tracking id, of the dry run itself. */
export interface DryRunPlace {
  readonly trackingId: string | null;
  readonly index: number;
}

/** What would become of a record. */
export interface DryRunRecord {
  readonly index: number;
  readonly verdict: VerdictLetter;
  readonly usageKey: string | null;
  readonly reason: string | null;
  readonly duplicateOf: DryRunPlace | null;
  readonly reverses: DryRunPlace | null;
  /** Of what would be imported: all parts. */
  readonly usage: readonly UsageEntry[];
  readonly exception: RejectResult | null;
}

export type DryRunReport =
  | { readonly kind: 'refused'; readonly code: 'feed_not_found' | 'feed_disabled' | 'profile_not_published' }
  | { readonly kind: 'trouble'; readonly message: string }
  | {
      readonly kind: 'run';
      readonly profile: { readonly name: string; readonly version: number };
      readonly records: readonly DryRunRecord[];
    };

interface Moment {
  readonly enabled: boolean;
  readonly profile: string;
  readonly version: number | null;
  readonly version_id: number;
  readonly reference_version: number;
  readonly now: string;
}

const MOMENT = `
SELECT f.enabled, p.name AS profile, v.version, v.id AS version_id, r.current AS reference_version,
  replace(replace(clock_timestamp()::text, ' ', 'T'), '+00', 'Z') AS now
FROM feed f JOIN profile p ON p.id = f.profile_id LEFT JOIN profile_version v ON v.id = p.published_version_id
CROSS JOIN reference_version r WHERE f.id = $1`;

/** Somebody waits: a database that does not answer a statement in time is not there. */
const STATEMENT_MS = 3000;
/** Large tables take longer to read. */
const REFERENCE_MS = 12_000;

/** No import has this id: what refers to it is a record of the dry run. */
const OWN = 0;

/**
 * Runs in a child: says what would become of records that are posted now, by the code that mediates and decides them.
 * The transaction that decides, and holds the cells of their keys for that moment, is rolled back.
 */
export class DryRunner {
  private readonly marks = new MarkWriter();
  private readonly connection: ChildConnection;

  constructor(
    databaseUrl: string,
    private readonly profiles: CompiledProfiles,
    private readonly reference: ReferenceReader,
  ) {
    this.connection = new ChildConnection(databaseUrl, { query_timeout: STATEMENT_MS });
  }

  /** @throws never for trouble of the system: the report says so. */
  async run(request: DryRunRequest): Promise<DryRunReport> {
    try {
      return await this.report(await this.connection.get(), request);
    } catch (error) {
      await this.connection.close();
      return { kind: 'trouble', message: (error as Error).message };
    }
  }

  private async report(client: pg.Client, request: DryRunRequest): Promise<DryRunReport> {
    const { rows } = await client.query<Moment>({ name: 'moment', text: MOMENT, values: [request.feedId] });
    const [moment] = rows;
    if (!moment) return { kind: 'refused', code: 'feed_not_found' };
    if (!moment.enabled) return { kind: 'refused', code: 'feed_disabled' };
    if (moment.version === null) return { kind: 'refused', code: 'profile_not_published' };
    const feed = await loadFeed(client, request.feedId);
    const reference = await this.reference.at(patient(client), moment.reference_version);
    const context = { feed: feed.context, acceptedAt: moment.now, reference };
    const items = await this.mediate(client, request, moment, feed, context);
    return {
      kind: 'run',
      profile: { name: moment.profile, version: moment.version },
      records: await decided(client, feed, context, this.marks, items),
    };
  }

  private async mediate(
    client: pg.Client,
    { storedType, text, hasExactNumbers }: DryRunRequest,
    { version_id: versionId, now }: Moment,
    feed: BatchFeed,
    context: StepContext,
  ): Promise<readonly Item[]> {
    const elements = readElements(storedType, text, feed.context, hasExactNumbers);
    const chunk = {
      id: OWN,
      importId: OWN,
      firstIndex: 0,
      total: elements.length,
      attempts: 1,
      crashes: 0,
      crashed: [],
      isTest: false,
      origins: null,
    };
    const loaded = toLoadedChunk(chunk, { acceptedAt: now, elements });
    const profile = await this.profiles.get(client, versionId);
    if (profile instanceof ImportError) return failChunk(loaded, profile).items;
    const [run] = await runTogether([loaded], profile, feed, context, this.marks);
    return run!.items;
  }
}

/** A connection whose statements may take as long as reference data does. */
const patient = (client: pg.Client) =>
  ({
    query: (text: string, values: unknown[]) => {
      const query: TimedQuery = { text, values, query_timeout: REFERENCE_MS };
      return client.query(query);
    },
  }) as Pick<pg.Client, 'query'>;

/** The verdicts against the keys as they are now; nothing of it stays. */
async function decided(
  client: pg.Client,
  feed: BatchFeed,
  context: StepContext,
  marks: MarkWriter,
  items: readonly Item[],
): Promise<DryRunRecord[]> {
  const refusals = await behindPosted(() => decideOnce(client, feed, context, marks, items));
  const trackingIds = await readTrackingIds(client, items);
  const placeOf = (ref: RecordRef | null | undefined): DryRunPlace | null =>
    ref ? { trackingId: trackingIds.get(ref.importId) ?? null, index: ref.index } : null;
  return items.map((item) => {
    const { result, decision } = item;
    const { verdict, reason, duplicateOf, reverses } = decision!;
    return {
      index: result.index,
      verdict,
      usageKey: result.key,
      reason,
      duplicateOf: placeOf(duplicateOf),
      reverses: placeOf(reverses?.ref),
      usage: verdict === 'i' && result.kind === 'usage' ? result.parts : [],
      exception: verdict === 'e' ? (refusals.get(item) ?? (result as RejectResult)) : null,
    };
  });
}

async function decideOnce(
  client: pg.Client,
  feed: BatchFeed,
  context: StepContext,
  marks: MarkWriter,
  items: readonly Item[],
): Promise<Map<Item, RejectResult>> {
  await client.query('BEGIN');
  try {
    await decideBatch(client, feed.keyPolicy, context, marks, items);
  } catch (error) {
    // At other trouble the connection is given up, and its transaction with it.
    if (error instanceof PostedAhead) await client.query('ROLLBACK');
    throw error;
  }
  const refusals = await explainRefusals(client, items);
  await client.query('ROLLBACK');
  return refusals;
}

async function readTrackingIds(client: pg.Client, items: readonly Item[]): Promise<Map<number, string>> {
  const refs = items.flatMap(({ decision }) => [decision!.duplicateOf, decision!.reverses?.ref]);
  const ids = [...new Set(refs.flatMap((ref) => ref?.importId ?? []))].filter((id) => id !== OWN);
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<{ id: number; tracking_id: string }>(
    'SELECT id, tracking_id FROM import WHERE id = ANY($1)',
    [numberArray(ids)],
  );
  return new Map(rows.map((row) => [row.id, row.tracking_id]));
}
