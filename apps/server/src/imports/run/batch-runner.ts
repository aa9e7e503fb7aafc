import type pg from 'pg';
import { ImportError } from 'feedmill/pipeline';
import type { ReferenceReader } from '../../reference/child.js';
import { completeCorrections } from '../correct/correction.js';
import { CorrectionRunner } from '../correct/correction-runner.js';
import type { ChildConnection } from './child-connection.js';
import { type Claim, claim, release } from './claim.js';
import type { CompiledProfiles } from './compiled-profiles.js';
import { isDataError, isolateRefused } from './isolate.js';
import { type BatchFeed, loadFeed, loadImports } from './load-batch.js';
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
  private readonly marks = new MarkWriter();
  private readonly corrections: CorrectionRunner;

  constructor(
    private readonly connection: ChildConnection,
    private readonly profiles: CompiledProfiles,
    private readonly reference: ReferenceReader,
    private readonly leaseSeconds: number,
  ) {
    this.corrections = new CorrectionRunner(profiles, reference, this.marks);
  }

  /** @throws never for trouble of the system or of records: the report says what happened. */
  async run(chunkId: number, token: string): Promise<BatchReport> {
    const started = performance.now();
    let claimed: Claim | null = null;
    try {
      const client = await this.connection.get();
      this.marks.store();
      claimed = await claim(client, chunkId, token, this.leaseSeconds);
      if (!claimed) return { taken: false };
      this.marks.claimed(claimed.chunks.map((c) => c.id));
      const feed = await loadFeed(client, claimed.feedId);
      const importIds = [...new Set(claimed.chunks.map((c) => c.importId))];
      let verdicts: VerdictCounts;
      if (claimed.chunks[0]!.origins) {
        verdicts = await this.corrections.run(client, claimed, feed);
        await this.rememberCrashes(client, claimed, feed);
        await endCorrection(client, importIds);
      } else {
        verdicts = await this.mediateAndStore(client, claimed, feed);
        await completeImports(client, importIds);
      }
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

  private async mediateAndStore(client: pg.Client, claimed: Claim, feed: BatchFeed): Promise<VerdictCounts> {
    const profile = await this.profiles.get(client, claimed.profileVersionId);
    const imports = await loadImports(client, claimed, feed.context);
    const reference = await this.reference.at(client, claimed.referenceVersion);
    const loaded = claimed.chunks.map((chunk) => toLoadedChunk(chunk, imports.get(chunk.importId)!));
    const context = { feed: feed.context, acceptedAt: loaded[0]!.inputs[0]!.acceptedAt, reference };
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
      marks: this.marks,
      profileVersionId: claimed.profileVersionId,
      isTest: feed.isTest,
      correctionId: null,
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

  /** Gives the chunks back, on a new connection where the old one is lost; one in doubt is not used again. */
  private async recover(error: unknown, claimed: Claim | null): Promise<string> {
    const trouble = error instanceof Error ? error.message : String(error);
    if (error instanceof LeaseLost || !claimed) return trouble;
    try {
      const ids = claimed.chunks.map((c) => c.id);
      await release(await this.connection.get(), claimed.token, ids);
    } catch {
      await this.connection.close();
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

async function endCorrection(client: pg.Client, importIds: readonly number[]): Promise<void> {
  await client.query('BEGIN');
  try {
    await completeCorrections(client, importIds);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
