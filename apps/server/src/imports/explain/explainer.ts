import type pg from 'pg';
import {
  type CompiledProfile,
  ConfigError,
  type ConfigProblem,
  ImportError,
  type RecordInput,
  type ShownTrace,
  type StepContext,
  showTrace,
  toJsonText,
  traceRecord,
} from 'feedmill/pipeline';
import type { ExplainRequest, PreviewRequest } from '../../plugins/child.js';
import type { ReferenceReader } from '../../reference/child.js';
import { toCanonical } from '../canonical-moment.js';
import { type Origin, loadOrigins } from '../correct/load-origins.js';
import { BrokenElement, parseExactJson } from '../envelope/index.js';
import { ChildConnection } from '../run/child-connection.js';
import type { CompiledProfiles } from '../run/compiled-profiles.js';
import { type BatchFeed, loadFeed } from '../run/load-batch.js';
import { MarkWriter } from '../run/marks.js';
import { toInput } from '../run/run-chunk.js';
import { plainFeed } from './plain-feed.js';

export type ExplainReport =
  | Trouble
  /** What was sent has left by retention. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'does_not_load'; readonly message: string }
  | {
      readonly kind: 'explained';
      /** JSON text of what was run: as sent, or what it was changed to. */
      readonly raw: string;
      readonly acceptedAt: string;
      readonly then: ShownTrace;
      readonly now: ShownTrace;
      /** The version of the reference data of `now`. */
      readonly currentVersion: number;
    };

export type PreviewReport =
  | Trouble
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] }
  /** The profile reads another format than the feed takes. */
  | { readonly kind: 'misread'; readonly format: string }
  | { readonly kind: 'run'; readonly referenceVersion: number; readonly traces: readonly ShownTrace[] };

interface Trouble {
  readonly kind: 'trouble';
  readonly message: string;
}

/** What a feed says of the way of its records. */
type RecordFeed = Pick<BatchFeed, 'context' | 'keyFields' | 'cancelWhen'>;

/** Somebody waits for the answer; large tables take long to read. */
const STATEMENT_MS = 12_000;
const MOMENT = `SELECT current, ${toCanonical('clock_timestamp()')} AS now FROM reference_version`;

/** Runs in a child: tells the way of records through a profile, step by step. It stores nothing. */
export class Explainer {
  private readonly connection: ChildConnection;
  private readonly marks = new MarkWriter();

  constructor(
    databaseUrl: string,
    private readonly compile: (definition: unknown) => CompiledProfile,
    private readonly profiles: CompiledProfiles,
    private readonly reference: ReferenceReader,
  ) {
    this.connection = new ChildConnection(databaseUrl, { query_timeout: STATEMENT_MS });
  }

  /** @throws never for trouble of the system: the report says so. */
  explain(request: ExplainRequest): Promise<ExplainReport> {
    return this.reporting((client) => this.explained(client, request));
  }

  /** @throws never for trouble of the system: the report says so. */
  preview(request: PreviewRequest): Promise<PreviewReport> {
    return this.reporting((client) => this.previewed(client, request));
  }

  private async reporting<Report>(report: (client: pg.Client) => Promise<Report>): Promise<Report | Trouble> {
    try {
      return await report(await this.connection.get());
    } catch (error) {
      await this.connection.close();
      return { kind: 'trouble', message: (error as Error).message };
    }
  }

  private async explained(client: pg.Client, request: ExplainRequest): Promise<ExplainReport> {
    const { importId, index, isException, part, referenceVersion } = request;
    const feed = await loadFeed(client, request.feedId);
    const operation = isException ? 'exceptions' : 'all';
    const [origin] = await loadOrigins(client, operation, [{ importId, index }], feed.context, index);
    const input = inputOf(origin!, request);
    if (!input) return { kind: 'gone' };
    const profile = await this.profiles.get(client, request.profileVersionId);
    if (profile instanceof ImportError) return { kind: 'does_not_load', message: profile.message };
    const { acceptedAt } = origin!;
    const { current } = await momentOf(client);
    const traceAt = async (version: number) => {
      const reference = await this.reference.at(client, version);
      return traced(profile, input, feed, { feed: feed.context, acceptedAt, reference }, part);
    };
    const then = await traceAt(referenceVersion);
    const now = current === referenceVersion ? then : await traceAt(current);
    return { kind: 'explained', raw: rawText(input), acceptedAt, then, now, currentVersion: current };
  }

  private async previewed(client: pg.Client, request: PreviewRequest): Promise<PreviewReport> {
    const { definition, feedId, records } = request;
    let profile: CompiledProfile;
    try {
      profile = this.compile(definition);
    } catch (error) {
      if (error instanceof ConfigError) return { kind: 'invalid', problems: error.problems };
      throw error;
    }
    const feed: RecordFeed = feedId === null ? plainFeed(profile.format) : await loadFeed(client, feedId);
    const { format } = profile;
    if (feed.context.format !== format) return { kind: 'misread', format };
    const { current, now } = await momentOf(client);
    const reference = await this.reference.at(client, current);
    const context = { feed: feed.context, acceptedAt: now, reference };
    const traces: ShownTrace[] = [];
    for (const [index, text] of records.entries()) {
      this.marks.record(index);
      traces.push(await traced(profile, { index, raw: parseExactJson(text) }, feed, context, null));
    }
    return { kind: 'run', referenceVersion: current, traces };
  }
}

async function traced(
  profile: CompiledProfile,
  input: RecordInput,
  { keyFields, cancelWhen }: RecordFeed,
  context: StepContext,
  part: number | null,
): Promise<ShownTrace> {
  return showTrace(await traceRecord(profile, input, context, { keyFields, cancelWhen }), part);
}

/** Of an exception its last revision; of usage what it was made of. */
function inputOf(origin: Origin, { index, revised, isException }: ExplainRequest): RecordInput | null {
  if (isException) return origin.input;
  const raw = revised === null ? origin.sent : parseExactJson(revised);
  return raw === null || raw === undefined ? null : toInput(raw, index, origin.acceptedAt);
}

const rawText = ({ raw }: RecordInput): string => toJsonText(raw instanceof BrokenElement ? raw.raw : raw);

async function momentOf(client: pg.Client): Promise<{ readonly current: number; readonly now: string }> {
  const { rows } = await client.query<{ current: number; now: string }>(MOMENT);
  return rows[0]!;
}
