import pg from 'pg';
import { ConfigError, ImportError, type CompiledProfile } from 'feedmill/pipeline';
import { byIndexOnly, connectionConfig } from '../../database/child.js';
import { ReferenceReader } from '../../reference/child.js';
import { CHILD_APPLICATION, type Claim, claim, release } from './claim.js';
import { isDataError, isolateRefused } from './isolate.js';
import { type BatchFeed, loadDefinition, loadFeed, loadImports } from './load-batch.js';
import { MarkWriter } from './marks.js';
import { failChunk, isGivenUp, isSuspicious, runCarefully, runTogether, toLoadedChunk } from './run-chunk.js';
import {
  type ChunkRun,
  LeaseLost,
  type StoreFacts,
  type VerdictCounts,
  completeImports,
  store,
} from './store.js';

const MAX_COMPILED_PROFILES = 50;

/** What a batch came to. `taken` is false where there was nothing to take any more. */
export interface BatchReport {
  readonly taken: boolean;
  readonly feed?: string;
  readonly records?: number;
  readonly verdicts?: VerdictCounts;
  readonly milliseconds?: number;
  /** Trouble of the system: the chunks are due again later. */
  readonly trouble?: string;
}

/** Runs in a child: claims, mediates and stores one batch at a time on its own connection. */
export class BatchRunner {
  private client: pg.Client | null = null;
  private readonly reference = new ReferenceReader();
  private readonly profiles = new Map<number, CompiledProfile | ImportError>();
  private readonly marks = new MarkWriter();

  constructor(
    private readonly databaseUrl: string,
    private readonly leaseSeconds: number,
    private readonly compile: (definition: unknown) => CompiledProfile,
  ) {}

  /** @throws never for trouble of the system or of records: the report says what happened. */
  async run(chunkId: number, token: string): Promise<BatchReport> {
    const started = performance.now();
    let claimed: Claim | null = null;
    try {
      const client = await this.connect();
      this.marks.store();
      claimed = await claim(client, chunkId, token, this.leaseSeconds);
      if (!claimed) return { taken: false };
      this.marks.claimed(claimed.chunks.map((c) => c.id));
      const feed = await loadFeed(client, claimed.feedId);
      const verdicts = await this.mediateAndStore(client, claimed, feed);
      await completeImports(client, [...new Set(claimed.chunks.map((c) => c.importId))]);
      return {
        taken: true,
        feed: feed.context.apiName,
        records: claimed.chunks.reduce((n, c) => n + c.total, 0),
        verdicts,
        milliseconds: performance.now() - started,
      };
    } catch (error) {
      return { taken: claimed !== null, trouble: await this.recover(error, claimed) };
    }
  }

  async close(): Promise<void> {
    await this.client?.end();
  }

  private async mediateAndStore(client: pg.Client, claimed: Claim, feed: BatchFeed): Promise<VerdictCounts> {
    const profile = await this.profile(client, claimed.profileVersionId);
    const imports = await loadImports(client, claimed, feed.context);
    const reference = await this.reference.at(client, claimed.referenceVersion);
    const loaded = claimed.chunks.map((chunk) => toLoadedChunk(chunk, imports.get(chunk.importId)!));
    const context = { feed: feed.context, acceptedAt: loaded[0]!.acceptedAt, reference };
    this.marks.alive();
    let runs: ChunkRun[];
    if (profile instanceof ImportError) runs = loaded.map((chunk) => failChunk(chunk, profile));
    else if (!claimed.chunks.some(isSuspicious)) {
      runs = await runTogether(loaded, profile, feed, context, this.marks);
    } else {
      runs = [];
      for (const chunk of loaded) runs.push(await runCarefully(chunk, profile, feed, context, this.marks));
    }
    this.marks.store();
    const facts: StoreFacts = {
      token: claimed.token,
      feedId: claimed.feedId,
      keyPolicy: feed.keyPolicy,
      context,
      profileVersionId: claimed.profileVersionId,
      isTest: feed.isTest,
    };
    const verdicts = await storeIsolating(client, facts, runs);
    await this.rememberCrashes(client, claimed, feed);
    return verdicts;
  }

  /** Counts chunks in a row that records have crashed, and pauses the feed where there were too many. */
  private async rememberCrashes(client: pg.Client, claimed: Claim, feed: BatchFeed): Promise<void> {
    const hasCrashed = claimed.chunks.some((c) => c.crashed.length > 0);
    if (!hasCrashed && feed.crashStreak === 0) return;
    const reason = claimed.chunks.some((c) => isGivenUp(c, feed))
      ? 'Records of this feed end the process again and again: see its exceptions step_crashed, mend the profile, then resume.'
      : null;
    await client.query(
      `UPDATE feed SET crash_streak = CASE WHEN $2 THEN crash_streak + 1 ELSE 0 END,
         paused = paused OR $3::text IS NOT NULL, paused_reason = coalesce($3, paused_reason) WHERE id = $1`,
      [claimed.feedId, hasCrashed, reason],
    );
  }

  private async profile(client: pg.Client, versionId: number): Promise<CompiledProfile | ImportError> {
    const known = this.profiles.get(versionId);
    if (known) return known;
    const definition = await loadDefinition(client, versionId);
    let profile: CompiledProfile | ImportError;
    try {
      profile = this.compile(definition);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      profile = new ImportError('profile_does_not_load', error.message);
    }
    if (this.profiles.size >= MAX_COMPILED_PROFILES) this.profiles.delete(this.profiles.keys().next().value!);
    this.profiles.set(versionId, profile);
    return profile;
  }

  private async connect(): Promise<pg.Client> {
    if (this.client) return this.client;
    const client = new pg.Client(connectionConfig(this.databaseUrl, CHILD_APPLICATION));
    const forget = () => {
      if (this.client === client) this.client = null;
    };
    client.on('error', forget);
    client.on('end', forget);
    await client.connect();
    // The child reads and writes by key only: a table without statistics must not tempt into a scan.
    await client.query(byIndexOnly('SET'));
    return (this.client = client);
  }

  /** Gives the chunks back, on a new connection where the old one is lost; one in doubt is not used again. */
  private async recover(error: unknown, claimed: Claim | null): Promise<string> {
    const trouble = error instanceof Error ? error.message : String(error);
    if (error instanceof LeaseLost || !claimed) return trouble;
    try {
      const ids = claimed.chunks.map((c) => c.id);
      await release(await this.connect(), claimed.token, ids);
    } catch {
      const client = this.client;
      this.client = null;
      await client?.end().catch(() => undefined);
    }
    return trouble;
  }
}

async function storeIsolating(
  client: pg.Client,
  facts: StoreFacts,
  runs: readonly ChunkRun[],
): Promise<VerdictCounts> {
  try {
    return await store(client, facts, runs);
  } catch (error) {
    if (!isDataError(error)) throw error;
    const isolated = await isolateRefused(client, facts, runs);
    if (!isolated) throw error;
    return store(client, facts, isolated);
  }
}
