import type pg from 'pg';
import type { ReferenceReader } from '../../reference/child.js';
import type { Claim, ClaimedChunk } from '../run/claim.js';
import type { CompiledProfiles } from '../run/compiled-profiles.js';
import { type BatchFeed, forMode } from '../run/load-batch.js';
import type { MarkWriter } from '../run/marks.js';
import type { VerdictCounts } from '../run/store.js';
import { type Correction, loadCorrection } from './correction.js';
import { type Origin, type TrialRevision, loadOrigins, refsOf } from './load-origins.js';
import { type CorrectionRun, runOrigins, storeCorrection } from './run-corrections.js';
import type { CorrectionFacts } from './write-corrections.js';

/** A correction's records, and what is needed to store what became of them. */
export interface PreparedCorrection {
  readonly facts: CorrectionFacts;
  readonly run: CorrectionRun;
}

/** What a correction's records are run with. */
export interface CorrectionTask extends Pick<Claim, 'profileVersionId' | 'referenceVersion'> {
  readonly chunk: ClaimedChunk;
  readonly correction: Correction;
  readonly trials?: readonly TrialRevision[];
}

/** Runs chunks of corrections: the same records again, with what is known now. */
export class CorrectionRunner {
  constructor(
    private readonly profiles: CompiledProfiles,
    private readonly reference: ReferenceReader,
    private readonly marks: MarkWriter,
  ) {}

  /** Mediates and stores a claimed chunk of a correction. */
  async run(client: pg.Client, claim: Claim, feed: BatchFeed): Promise<VerdictCounts> {
    const chunk = claim.chunks[0]!;
    const correction = await loadCorrection(client, chunk.importId);
    const { facts, run } = await this.prepare(client, { ...claim, chunk, correction }, feed);
    this.marks.store();
    return storeCorrection(client, claim.token, facts, correction, run);
  }

  async prepare(client: pg.Client, task: CorrectionTask, ownFeed: BatchFeed): Promise<PreparedCorrection> {
    const { chunk, correction, profileVersionId, referenceVersion, trials } = task;
    const feed = forMode(ownFeed, chunk.isTest);
    const refs = refsOf(chunk.origins!);
    const { operation } = correction;
    const { amended } = correction;
    const changed = amended === null ? trials : [{ ...refs[0]!, raw: amended }];
    const origins = await loadOrigins(client, operation, refs, feed.context, chunk.firstIndex, changed);
    const profile = await this.profiles.get(client, profileVersionId);
    const reference = await this.reference.at(client, referenceVersion);
    const context = { feed: feed.context, acceptedAt: origins[0]!.acceptedAt, reference };
    this.marks.alive();
    const run = await runOrigins(chunk, needed(origins, correction), profile, feed, context, this.marks);
    const facts: CorrectionFacts = {
      feedId: feed.context.id,
      keyPolicy: feed.keyPolicy,
      context,
      marks: this.marks,
      profileVersionId,
      isTest: chunk.isTest,
      correctionId: chunk.importId,
    };
    return { facts, run };
  }
}

/** Of a cancelled correction nothing is run any more. */
const needed = (origins: readonly Origin[], { isCancelled }: Correction) =>
  isCancelled ? origins.map((origin) => ({ ...origin, input: null })) : origins;
