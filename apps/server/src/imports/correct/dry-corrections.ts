import type pg from 'pg';
import { add } from 'feedmill/pipeline';
import type { DryCorrectionRequest } from '../../plugins/child.js';
import type { ReferenceReader } from '../../reference/child.js';
import { behindPosted } from '../run/behind-posted.js';
import { ChildConnection } from '../run/child-connection.js';
import type { CompiledProfiles } from '../run/compiled-profiles.js';
import { loadFeed } from '../run/load-batch.js';
import { MarkWriter } from '../run/marks.js';
import { ReversalMissed } from '../run/post-usage.js';
import { CorrectionRunner, type PreparedCorrection } from './correction-runner.js';
import type { Correction } from './correction.js';
import { lockKeys } from './decide-corrections.js';
import { type Corrected, correct } from './run-corrections.js';

/** What a correction would come to. */
export type DryCorrectionReport =
  | { readonly kind: 'trouble'; readonly message: string }
  | {
      readonly kind: 'run';
      readonly verdicts: Readonly<Record<'imported' | 'exception' | 'skipped' | 'duplicate', number>>;
      /** By skip reason and exception code. */
      readonly reasons: Readonly<Record<'skipped' | 'exception', Readonly<Record<string, number>>>>;
      /** What it would add to the ledger, by currency: decimal texts. */
      readonly difference: Readonly<Record<string, string>>;
      /** As `difference`, of records that were accepted in test mode. */
      readonly testDifference: Readonly<Record<string, string>>;
      /** The first record that would be rejected. */
      readonly rejection: {
        readonly code: string;
        readonly message: string;
        readonly field: string | null;
      } | null;
      /** Of the first record that is to be amended and would be skipped: why. */
      readonly skipReason: string | null;
    };

/** No import has this id, and no chunk. */
const NONE = 0;
const VERDICTS = { i: 'imported', e: 'exception', s: 'skipped', d: 'duplicate' } as const;
/** Somebody waits for the answer. */
const STATEMENT_MS = 15_000;
const MAX_TRIES = 5;
/** Postgres: unique_violation. */
const ALREADY_REVERSED = '23505';

/**
 * Runs in a child: says what corrections would come to, by the code that carries them out. The transaction that does it,
 * and holds the cells of their keys for that moment, is rolled back.
 */
export class DryCorrections {
  private readonly connection: ChildConnection;
  private readonly runner: CorrectionRunner;

  constructor(databaseUrl: string, profiles: CompiledProfiles, reference: ReferenceReader) {
    this.connection = new ChildConnection(databaseUrl, { query_timeout: STATEMENT_MS });
    this.runner = new CorrectionRunner(profiles, reference, new MarkWriter());
  }

  /** @throws never for trouble of the system: the report says so. */
  async run(request: DryCorrectionRequest): Promise<DryCorrectionReport> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.tryOnce(request);
      } catch (error) {
        if (isOvertaken(error) && tries < MAX_TRIES) continue;
        await this.connection.close();
        return { kind: 'trouble', message: (error as Error).message };
      }
    }
  }

  private async tryOnce({ corrections, revisions = [] }: DryCorrectionRequest): Promise<DryCorrectionReport> {
    const client = await this.connection.get();
    const prepared: [Correction, PreparedCorrection][] = [];
    for (const asked of corrections) {
      const feed = await loadFeed(client, asked.feedId);
      const correction = { ...asked, isCancelled: false, amended: null };
      const referenceVersion = asked.referenceVersion ?? (await currentVersion(client));
      const task = {
        ...asked,
        referenceVersion,
        correction,
        chunk: chunkOf(asked),
        trials: revisions,
      };
      prepared.push([correction, await this.runner.prepare(client, task, feed)]);
    }
    return report(await behindPosted(() => tried(client, prepared)));
  }
}

/** What is dry keeps nobody off its records: a correction of them, or the close of a period, may come between. */
const isOvertaken = (error: unknown): boolean =>
  error instanceof ReversalMissed || (error as { code?: string }).code === ALREADY_REVERSED;

const chunkOf = ({
  origins,
  isTest,
}: Pick<DryCorrectionRequest['corrections'][number], 'origins' | 'isTest'>) => ({
  id: NONE,
  importId: NONE,
  firstIndex: 0,
  total: 0,
  attempts: 1,
  crashes: 0,
  crashed: [],
  isTest,
  origins,
});

async function currentVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ current: number }>('SELECT current FROM reference_version');
  return rows[0]!.current;
}

interface Tried extends Corrected {
  readonly isTest: boolean;
}

async function tried(
  client: pg.Client,
  prepared: readonly (readonly [Correction, PreparedCorrection])[],
): Promise<Tried[]> {
  await client.query('BEGIN');
  try {
    if (prepared.length > 1)
      await lockKeys(
        client,
        prepared.map(([, each]) => keyedOf(each)),
      );
    const corrected: Tried[] = [];
    for (const [correction, { facts, run }] of prepared) {
      corrected.push({ isTest: facts.isTest, ...(await correct(client, facts, correction, run)) });
    }
    return corrected;
  } finally {
    await client.query('ROLLBACK');
  }
}

const keyedOf = ({ facts, run: { origins, results } }: PreparedCorrection) => ({
  scopeId: facts.keyPolicy.scopeId,
  items: origins.map(({ ref }, n) => ({ ref, result: results[n]! })),
});

function report(corrected: readonly Tried[]): DryCorrectionReport {
  const verdicts = { imported: 0, exception: 0, skipped: 0, duplicate: 0 };
  const reasons: Record<'skipped' | 'exception', Record<string, number>> = { skipped: {}, exception: {} };
  const difference: Record<string, string> = {};
  const testDifference: Record<string, string> = {};
  let rejection: (DryCorrectionReport & { kind: 'run' })['rejection'] = null;
  let skipReason: string | null = null;
  for (const { items, refusals, difference: own, isTest } of corrected) {
    const sums = isTest ? testDifference : difference;
    for (const [currency, amount] of Object.entries(own)) {
      sums[currency] = add(sums[currency] ?? '0', amount);
    }
    for (const item of items) {
      const { verdict, reason } = item.decision!;
      verdicts[VERDICTS[verdict]]++;
      if (verdict === 's') count(reasons.skipped, reason!);
      const result = refusals.get(item) ?? item.result;
      const isRejected = verdict === 'e' || reason === 'rejected';
      if (isRejected && result.kind === 'skip') skipReason ??= result.reason;
      if (!isRejected || result.kind !== 'reject') continue;
      const { code, message, field = null } = result.rejection;
      if (verdict === 'e') count(reasons.exception, code);
      rejection ??= { code, message, field };
    }
  }
  return { kind: 'run', verdicts, reasons, difference, testDifference, rejection, skipReason };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
