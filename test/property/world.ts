import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Answer as HttpAnswer, ApiClient, ImportView } from '../support/index.js';
import type { Decision, Facts } from './facts.js';
import {
  type Answer,
  CONTENTS,
  CURRENCIES,
  entryLine,
  exceptionLine,
  FEEDS,
  importLine,
  type Ref,
  type Request,
  type SentRecord,
  State,
  type Things,
  textOf,
  totalLine,
  verdictLine,
  type View,
} from './model/index.js';

const WAIT_MS = 30_000;
const POLL_MS = 10;
/** One in each month, and where they begin and end. */
const DATES = ['2026-03-16T14:32:00Z', '2026-04-16T14:32:00Z'] as const;
const BOUNDARIES = ['2026-03-01', '2026-04-01', '2026-05-01'] as const;
const REASON = 'property test';

/** The answer to a change of reference data. */
interface Changed {
  readonly changeId: string | null;
  readonly heals: { readonly count: number };
}

const HEALING = [...FEEDS.keys()].filter((feed) => FEEDS[feed]!.autoHeals);

/** Whether exceptions become open that missed a change which a feed has not been healed by yet. */
const mayFindHealing = (request: Request): boolean =>
  request.do === 'reopen' || (request.do === 'reprocess imports' && request.reference === 'original');

/** What a world tells the model's names by. */
type Known<T> = ReadonlyMap<string, T>;

/** Feeds, a profile and reference data of their own, on a server that many worlds share. */
export class World {
  /** Tracking ids by the model's numbers of imports, in the order in which they were learnt. */
  private readonly trackingIds = new Map<number, string>();
  private readonly numbers = new Map<string, number>();
  private readonly sent = new Map<number, readonly SentRecord[]>();
  private versions = 0;
  private readonly accounts: (number | null)[] = [];
  private usageIds: Known<string> = new Map();
  private exceptionIds: Known<string> = new Map();
  /** Of reference data, by the model's numbers. */
  private readonly changeIds: string[] = [];

  private constructor(
    private readonly api: ApiClient,
    private readonly database: pg.Pool,
    private readonly name: string,
  ) {}

  /** @param database says how far feeds have been healed by themselves */
  static async create(api: ApiClient, database: pg.Pool, name: string): Promise<World> {
    const world = new World(api, database, name);
    await world.setUp();
    return world;
  }

  /** Asks for something, and waits until it is done. */
  async perform(request: Request): Promise<Answer> {
    if (mayFindHealing(request)) await this.untilHealed();
    const isChange = request.do === 'own' || request.do === 'price';
    const mayHeal = isChange && (await this.hasOpenToHeal());
    const answer = await this.ask(request);
    if (answer.status >= 500) throw new Error(`${JSON.stringify(request)}: ${textOfAnswer(answer)}`);
    if (answer.status >= 400) return { refusal: answer.body.code as string, imports: [] };
    if (isChange) return this.changed(answer.body as unknown as Changed, mayHeal);
    const imports = await this.learn(importsOf(request, answer.body));
    if (request.do === 'post') this.sent.set(imports[0]!, request.records);
    return { refusal: null, imports };
  }

  private async hasOpenToHeal(): Promise<boolean> {
    const query = (feed: number) => ({ feed: this.feed(feed), status: 'open' });
    const open = await Promise.all(HEALING.map((feed) => this.api.list('/api/v1/exceptions', query(feed))));
    return open.flat().length > 0;
  }

  /** Reference data has changed: feeds that heal themselves do so. */
  private async changed({ changeId, heals: { count } }: Changed, mayHeal: boolean): Promise<Answer> {
    if (changeId !== null) this.changeIds.push(changeId);
    const imports: number[] = [];
    if (count > 0 && mayHeal) {
      await this.untilHealed();
      for (const feed of HEALING) imports.push(...(await this.learnNew(feed)));
    }
    return { refusal: null, imports, heals: count };
  }

  private async untilHealed(): Promise<void> {
    const [last] = this.changeIds.slice(-1);
    if (last === undefined) return;
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const { rows } = await this.database.query<{ behind: number }>(
        'SELECT count(*)::int AS behind FROM feed WHERE api_name = ANY($1) AND healed_version < $2',
        [HEALING.map((feed) => this.feed(feed)), last],
      );
      if (rows[0]!.behind === 0) return;
      if (Date.now() > deadline) throw new Error(`${this.name} is not healed by change ${last}`);
      await sleep(POLL_MS);
    }
  }

  /** Imports of a feed that nobody has asked for, in their order, once they have ended. */
  private async learnNew(feed: number): Promise<number[]> {
    const imports = await this.api.list<ImportView>('/api/v1/imports', { feed: this.feed(feed) });
    const isNew = ({ trackingId }: ImportView) => !this.numbers.has(trackingId);
    return this.learn(
      imports
        .filter(isNew)
        .map(({ trackingId }) => trackingId)
        .reverse(),
    );
  }

  /** What can be seen of a feed. */
  async view(feed: number): Promise<View> {
    const query = { feed: this.feed(feed) };
    const [usage, exceptions, imports] = await Promise.all([
      this.api.list('/api/v1/usage', query),
      this.api.list('/api/v1/exceptions', query),
      this.api.list<ImportView>('/api/v1/imports', query),
    ]);
    this.usageIds = new Map([
      ...this.usageIds,
      ...usage.filter(({ live }) => live).map((u) => [this.refText(u)!, u.id] as const),
    ]);
    this.exceptionIds = new Map([
      ...this.exceptionIds,
      ...exceptions.map((e) => [this.refText(e)!, e.id] as const),
    ]);
    return {
      usage: usage
        .map((u) =>
          entryLine({
            of: this.refText(u)!,
            part: u.part,
            kind: u.kind,
            key: u.usageKey,
            account: u.accountId?.replace(`${this.name}-`, '') ?? null,
            value: u.value,
            amount: u.rating.amount,
            currency: u.rating.currency,
            by: this.numbers.get(u.producedBy)!,
            isLate: u.late,
            isLive: u.live,
          }),
        )
        .sort(),
      exceptions: exceptions
        .map((e) => exceptionLine({ of: this.refText(e)!, ...e, by: this.numbers.get(e.resolvedBy) ?? null }))
        .sort(),
      imports: imports
        .map((i) =>
          importLine({
            number: this.numbers.get(i.trackingId)!,
            channel: i.channel as string,
            version: (i.profile as { version: number }).version,
            counts: i.counts,
            reasons: i.reasons,
            entries: i.usageCount,
            revertedBy: this.numbers.get(i.revertedBy as string) ?? null,
          }),
        )
        .sort(),
    };
  }

  /** The verdicts of an import, record by record. */
  async verdicts(number: number): Promise<string[]> {
    const lines = await this.api.list(`/api/v1/imports/${this.trackingIds.get(number)}/records`);
    return lines.map((line) =>
      verdictLine(line.index, {
        verdict: line.verdict,
        reason: line.reason,
        duplicateOf: this.refText(line.duplicateOf),
        of: this.refText(line.of),
      }),
    );
  }

  /** What is billed of a feed. */
  async totals(feed: number): Promise<string[]> {
    const query = { feed: this.feed(feed), groupBy: 'account,usageClass' };
    const totals = await this.api.list('/api/v1/usage/totals', query);
    return totals
      .map(({ account, usageClass, currency, count: entries, value, amount }) =>
        totalLine({
          account: account.replace(`${this.name}-`, ''),
          usageClass,
          currency,
          entries,
          value: Number(value),
          amount: Number(amount),
        }),
      )
      .sort();
  }

  /** All that feeds which share their keys show of themselves; without the model's help. */
  async facts(feeds: readonly number[]): Promise<Facts> {
    const all = async (path: string) =>
      (await Promise.all(feeds.map((feed) => this.api.list(path, { feed: this.feed(feed) })))).flat();
    const [usage, exceptions, imports] = await Promise.all([
      all('/api/v1/usage'),
      all('/api/v1/exceptions'),
      all('/api/v1/imports'),
    ]);
    const known = imports
      .map((i) => ({
        number: this.numbers.get(i.trackingId) ?? this.remember(i.trackingId),
        channel: i.channel,
        status: i.status,
        counts: i.counts,
        entries: i.usageCount,
        endedAt: i.endedAt,
        trackingId: i.trackingId as string,
      }))
      .sort((a, b) => (a.endedAt < b.endedAt ? -1 : 1));
    const decisions = new Map<string, Decision[]>();
    for (const { number, trackingId } of known) {
      for (const line of await this.api.list(`/api/v1/imports/${trackingId}/records`)) {
        const of = line.of ? this.refText(line.of)! : `${number}/${line.index}`;
        const { verdict, reason, usageKey: key } = line;
        const decision = { by: number, verdict, reason, key, duplicateOf: this.refText(line.duplicateOf) };
        decisions.set(of, [...(decisions.get(of) ?? []), decision]);
      }
    }
    return {
      hasKeys: FEEDS[feeds[0]!]!.hasKeys,
      imports: known,
      entries: usage.map((u) => ({
        of: this.refText(u)!,
        part: u.part,
        kind: u.kind,
        key: u.usageKey,
        account: u.accountId,
        currency: u.rating.currency,
        value: Number(u.value),
        amount: Number(u.rating.amount),
        by: this.numbers.get(u.producedBy)!,
        isLive: u.live,
      })),
      exceptions: new Map(
        exceptions.map((e) => [
          this.refText(e)!,
          { status: e.status, code: e.code, key: e.usageKey, by: this.numbers.get(e.resolvedBy) ?? null },
        ]),
      ),
      decisions,
    };
  }

  /** What operations can be about. */
  async things(): Promise<Things> {
    const all = await Promise.all(FEEDS.map((_, feed) => this.facts([feed])));
    await Promise.all(FEEDS.map((_, feed) => this.view(feed)));
    const { versions, accounts } = this;
    return {
      versions,
      accounts,
      changes: this.changeIds.length,
      imports: all.flatMap((facts, feed) =>
        facts.imports.map(({ number, channel }) => ({
          number,
          feed,
          channel,
          sent: this.sent.get(number) ?? [],
          idempotencyKey: null,
        })),
      ),
      exceptions: all.flatMap((facts, feed) =>
        [...facts.exceptions].map(([text, { key, code }]) => ({ of: toRef(text), feed, key, code })),
      ),
      usage: all.flatMap((facts, feed) =>
        facts.entries.filter(({ isLive }) => isLive).map(({ of, key }) => ({ of: toRef(of), feed, key })),
      ),
    };
  }

  private refText(place: { trackingId: string; index: number } | null): string | null {
    return place && `${this.numbers.get(place.trackingId)}/${place.index}`;
  }

  private remember(trackingId: string): number {
    const number = this.trackingIds.size;
    this.numbers.set(trackingId, number);
    this.trackingIds.set(number, trackingId);
    return number;
  }

  /** Waits until nothing of its feeds runs. */
  async settle(): Promise<void> {
    await this.untilHealed();
    for (const feed of FEEDS.keys()) {
      const imports = await this.api.list<ImportView>('/api/v1/imports', { feed: this.feed(feed) });
      for (const { trackingId, counts } of imports) if (counts.pending) await this.waitFor(trackingId);
    }
  }

  feed(n: number): string {
    return `${this.name}f${n}`;
  }

  private ask(request: Request): Promise<HttpAnswer<Record<string, unknown>>> {
    const send = (method: string, path: string, body: object) =>
      this.api.request<Record<string, unknown>>(method, `/api/v1${path}`, body);
    switch (request.do) {
      case 'post': {
        const headers = { 'idempotency-key': request.idempotencyKey, prefer: 'wait=10' };
        const data = request.records.map((record) => this.raw(record));
        return this.api.postUsage(this.feed(request.feed), { data }, { headers });
      }
      case 'reprocess imports':
        return send('POST', '/admin/reprocess', {
          selection: { trackingIds: request.imports.map((n) => this.trackingIds.get(n)) },
          mode: request.mode,
          profileVersion: request.version,
          referenceData: request.reference,
          reason: REASON,
        });
      case 'reprocess exceptions':
        return send('POST', '/admin/reprocess', {
          selection: this.selectionOf(request.exceptions),
          mode: 'exceptions',
          reason: REASON,
        });
      case 'revert':
        return send('POST', `/admin/imports/${this.trackingIds.get(request.import)}/revert`, {
          reason: REASON,
        });
      case 'void':
        return send('POST', `/usage/${this.usageId(request.of)}/void`, {
          reason: REASON,
          releaseKey: request.releaseKey,
        });
      case 'amend':
        return send('POST', `/usage/${this.usageId(request.of)}/amend`, {
          raw: this.raw(request.record),
          reason: REASON,
        });
      case 'correct':
        return send('PATCH', `/exceptions/${this.exceptionId(request.of)}`, {
          raw: this.raw(request.record),
          note: REASON,
        });
      case 'discard':
      case 'reopen':
        return send('POST', `/exceptions/${request.do}`, {
          selection: this.selectionOf([request.of]),
          reason: REASON,
        });
      case 'resolve':
        return send('POST', '/exceptions/resolve', {
          selection: this.selectionOf([request.of]),
          resolution: request.resolution,
          reason: REASON,
        });
      case 'own':
        return this.own(request.identifier, request.account);
      case 'price':
        return send('PUT', `/rate-plans/${this.plan(request.plan)}`, this.rate(request));
      case 'publish':
        return this.publish(request.content);
      case 'heal':
        return send('POST', '/admin/reprocess', {
          selection: this.selectionOfHealed(request),
          mode: 'exceptions',
          reason: REASON,
        });
      case 'close period':
        return send('POST', '/periods/close', {
          until: BOUNDARIES[request.until],
          feeds: this.feedsOf(request.feed),
        });
      case 'reopen period':
        return send('POST', '/periods/reopen', {
          from: BOUNDARIES[request.from],
          feeds: this.feedsOf(request.feed),
          reason: REASON,
        });
    }
  }

  private selectionOf(refs: readonly Ref[]) {
    return { exceptionIds: refs.map((ref) => this.exceptionId(ref)) };
  }

  private selectionOfHealed({ change, feed }: Request & { do: 'heal' }) {
    const healedBy = this.changeIds[change]!;
    return feed === null ? { healedBy } : { filter: { healedBy, feed: this.feed(feed) } };
  }

  private feedsOf(feed: number | null): string[] {
    return (feed === null ? [...FEEDS.keys()] : [feed]).map((each) => this.feed(each));
  }

  /** Waits for the imports that an answer names: their numbers. */
  private async learn(trackingIds: readonly string[]): Promise<number[]> {
    for (const trackingId of trackingIds) await this.waitFor(trackingId);
    return trackingIds.map((trackingId) => this.numbers.get(trackingId) ?? this.remember(trackingId));
  }

  private async waitFor(trackingId: string): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const { status, counts } = await this.api.get<ImportView>(`/api/v1/imports/${trackingId}`);
      if (status === 'completed' || status === 'failed') return;
      if (Date.now() > deadline) throw new Error(`${trackingId} does not end: ${JSON.stringify(counts)}`);
      await sleep(POLL_MS);
    }
  }

  private usageId(ref: Ref): string {
    return this.usageIds.get(textOf(ref))!;
  }

  private exceptionId(ref: Ref): string {
    return this.exceptionIds.get(textOf(ref))!;
  }

  private raw({ key, identifier, also, value, usageClass, month, note, cancels }: SentRecord) {
    const accounts = [identifier, ...(also === null ? [] : [also])];
    return {
      ...(key !== null && { Id: key }),
      Date: DATES[month],
      Account: this.identifier(identifier),
      Sharing: accounts.map((n) => this.identifier(n)),
      Value: value === 'x' ? 'a few' : Number(value),
      Class: `c${usageClass}`,
      Note: note,
      Status: cancels ? 'D' : 'N',
    };
  }

  private identifier(n: number): string {
    return `${this.name}-i${n}`;
  }

  private plan(n: number): string {
    return `${this.name}-p${n}`;
  }

  private own(identifier: number, account: number | null) {
    this.accounts[identifier] = account;
    const row = { type: 'Account', value: this.identifier(identifier) };
    const owner = { accountId: `${this.name}-A${account}`, serviceId: `${this.name}-S${account}` };
    return account === null
      ? this.api.request('DELETE', '/api/v1/identifiers', { identifiers: [row] })
      : this.api.request('PUT', '/api/v1/identifiers', { identifiers: [{ ...row, ...owner }] });
  }

  /** A price that nothing has ends long before any usage. */
  private rate({ plan, usageClass, price }: { plan: number; usageClass: number; price: number | null }) {
    return {
      currency: CURRENCIES[plan],
      rates: [
        {
          usageClass: `c${usageClass}`,
          unitPrice: String(price ?? 1),
          validTo: price === null ? '2001-01-01' : null,
        },
      ],
    };
  }

  private async publish(content: number) {
    this.versions++;
    const versions = `/api/v1/profiles/${this.name}/versions`;
    const { version } = await this.api.post(versions, profileOf(content, this.plan(CONTENTS[content]!.plan)));
    return this.api.request('POST', `${versions}/${version}/publish`, { comment: REASON });
  }

  private async setUp(): Promise<void> {
    const { reference, versions } = new State();
    for (const [identifier, account] of reference.accounts.entries())
      if (account === null) this.accounts[identifier] = null;
      else expectDone(await this.own(identifier, account));
    for (const [plan, prices] of reference.prices.entries()) {
      for (const [usageClass, price] of prices.entries()) {
        const rate = this.rate({ plan, usageClass, price });
        await this.api.put(`/api/v1/rate-plans/${this.plan(plan)}`, rate);
      }
    }
    await this.api.post('/api/v1/profiles', { name: this.name });
    for (const content of versions) expectDone(await this.publish(content));
    for (const [n, rules] of FEEDS.entries()) {
      const { hasKeys, onConflict, mayCancel, keyScope, lateUsage, isTest, autoHeals: autoHeal } = rules;
      await this.api.post('/api/v1/feeds', {
        name: this.feed(n),
        apiName: this.feed(n),
        format: 'records',
        profile: this.name,
        usageKey: hasKeys
          ? { fields: ['Id'], onConflict, ...(mayCancel && { cancelWhen: 'Status = "D"' }) }
          : { none: true },
        lateUsage,
        autoHeal,
        ...(keyScope !== null && { keyScope: `${this.name}-${keyScope}` }),
        ...(isTest && { mode: 'test' }),
      });
    }
  }
}

function importsOf(
  { do: what }: Request,
  { imports, trackingId }: Readonly<Record<string, unknown>>,
): readonly string[] {
  if (Array.isArray(imports)) return imports as string[];
  const isImport = what === 'post' || what === 'revert' || what === 'void' || what === 'amend';
  return isImport && typeof trackingId === 'string' ? [trackingId] : [];
}

/** Whole shares for all who share a record. */
const SHARED = {
  elements: { from: 'Sharing', fields: [{ field: 'originatingIdentifier' }] },
  share: ['value'],
  scale: 0,
} as const;

const profileOf = (content: number, plan: string) => {
  const { factor, skips, reason, splits } = CONTENTS[content]!;
  return {
    decode: { use: 'decode-json@1', config: {} },
    steps: [
      {
        use: 'map-fields@1',
        config: {
          fields: [
            { field: 'date', from: 'Date' },
            { field: 'originatingIdentifier', from: 'Account' },
            { field: 'usageIdentifier', from: 'Id' },
            { field: 'value', from: 'Value' },
            { field: 'usageClass', from: 'Class' },
          ],
        },
      },
      { use: 'filter@1', config: { skipWhen: { field: 'value', equals: Number(skips) }, reason } },
      ...(factor === 1
        ? []
        : [
            {
              use: 'normalize@1',
              config: { fields: [{ field: 'value', expression: `value * ${factor}` }] },
            },
          ]),
      ...(splits ? [{ use: 'split@1', config: SHARED }] : []),
      { use: 'resolve-identifier@1', config: {} },
      { use: 'rate-usage@1', config: { plan } },
    ],
  };
};

const toRef = (text: string): Ref => {
  const [number, index] = text.split('/').map(Number);
  return { import: number!, index: index! };
};

function expectDone(answer: HttpAnswer<unknown>): void {
  if (answer.status >= 300) throw new Error(textOfAnswer(answer));
}

const textOfAnswer = ({ status, body }: HttpAnswer<unknown>) => `${status} ${JSON.stringify(body)}`;
