import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, Not } from 'typeorm';
import { Audit, type ChangedBy } from '../admin/index.js';
import { Problem, type ProblemDetail } from '../common/index.js';
import { closeForNewFeed } from '../periods/index.js';
import { ProfileEntity } from '../profiles/index.js';
import { FEED_LOCK, keepSpareBlock, placeFeed } from '../retention/index.js';
import { FeedChecks } from './feed-checks.js';
import { patched, readFeed } from './feed-rules.js';
import { definitionHash, toDefinition, toFeed } from './feed-wire.js';
import { FeedEntity, KeyScopeEntity } from './feed.entity.js';
import { FIXED_WITH_IMPORTS, type Feed, type FeedDefinition } from './feed.js';
import { FeedsService } from './feeds.service.js';

/** What an implementer does to feeds. Every change is one transaction with its audit row. */
@Injectable()
export class FeedChanges {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly feeds: FeedsService,
    private readonly checks: FeedChecks,
    private readonly audit: Audit,
  ) {}

  /** @throws Problem 422 `invalid_feed` with every problem */
  async create(by: ChangedBy, written: unknown): Promise<Feed> {
    const profileProblems = await this.profileProblems(written);
    return this.changing(async (manager) => {
      const definition = await this.checked(manager, written, null, profileProblems);
      const { id } = await manager.save(FeedEntity, {
        ...(await this.columns(manager, definition, null)),
        ...configured(by, definition),
        pausedReason: definition.paused ? pausedBy(by) : null,
        crashStreak: 0,
        updatedAt: new Date(),
      });
      await placeFeed(manager, id);
      await closeForNewFeed(manager, id, definition.timeZone);
      await beginHealing(manager, id);
      const after = await this.asFeed(manager, id);
      await this.record(manager, by, 'feed.created', null, after);
      return after;
    });
  }

  /**
   * Changes the members given (`patched`).
   * @throws Problem 422 `invalid_feed`, 409 `feed_has_imports` for what imports have fixed
   */
  change(by: ChangedBy, found: FeedEntity, patch: unknown): Promise<Feed> {
    const isKeyAsked = KEY_MEMBERS.some((name) => Object.hasOwn(Object(patch) as object, name));
    return this.rewrite(by, found, (current) => patched(current, patch), isKeyAsked);
  }

  /** Puts a whole feed in the place of what is there; what it leaves out has its default. Refuses as `change` does. */
  replace(by: ChangedBy, found: FeedEntity, written: FeedDefinition): Promise<Feed> {
    return this.rewrite(by, found, () => written, true);
  }

  private async rewrite(
    by: ChangedBy,
    found: FeedEntity,
    rewritten: (current: FeedDefinition) => unknown,
    isKeyAsked: boolean,
  ): Promise<Feed> {
    const profileProblems = await this.profileProblems(rewritten(toDefinition(found)), isKeyAsked);
    return this.changing(async (manager) => {
      const row = await this.locked(manager, found.id);
      const current = toDefinition(row);
      const written = rewritten(current);
      await this.checks.requireScope(manager, by, row, written);
      const definition = await this.checked(manager, written, row.id, profileProblems);
      await this.requireFixed(manager, row, definition);
      await manager.save(FeedEntity, {
        id: row.id,
        ...(await this.columns(manager, definition, row)),
        ...configured(by, definition),
        ...(definition.paused ? {} : { pausedReason: null }),
        ...(definition.paused && !current.paused ? { pausedReason: pausedBy(by) } : {}),
        ...(current.paused && !definition.paused ? { crashStreak: 0 } : {}),
        updatedAt: new Date(),
      });
      await placeFeed(manager, row.id);
      await beginHealing(manager, row.id);
      const after = await this.asFeed(manager, row.id);
      await this.record(manager, by, 'feed.changed', toFeed(row), after);
      return after;
    });
  }

  /** @throws Problem 409 `feed_in_use` where usage has arrived on it, or seeded keys would be forgotten with it */
  async remove(by: ChangedBy, row: FeedEntity): Promise<void> {
    await this.changing(async (manager) => {
      const others = { id: Not(row.id), keyScope: { id: row.keyScope.id } };
      const isAlone = !(await manager.existsBy(FeedEntity, others));
      if ((await this.hasImports(manager, row.id)) || (isAlone && (await this.hasSeeds(manager, row)))) {
        throw new Problem(
          409,
          'feed_in_use',
          `Usage or seeded keys have arrived on "${row.name}": disable it in place of deleting it.`,
        );
      }
      await manager.delete(FeedEntity, row.id);
      await manager.query(
        'DELETE FROM key_scope s WHERE s.id = $1 AND NOT EXISTS (SELECT FROM feed WHERE key_scope_id = s.id)',
        [row.keyScope.id],
      );
      await this.record(manager, by, 'feed.deleted', toFeed(row), null);
    });
  }

  private async changing<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    await this.database.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [FEED_LOCK]);
      await keepSpareBlock(manager);
    });
    const result = await this.database.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [FEED_LOCK]);
      return work(manager);
    });
    this.feeds.forget();
    return result;
  }

  /** Asked before the transaction: it takes other connections and a child process. */
  private async profileProblems(written: unknown, isKeyAsked = true): Promise<ProblemDetail[]> {
    const { definition, problems } = readFeed(written);
    const found = await this.checks.profileProblems(definition);
    const isUsable = definition.enabled && problems.length + found.length === 0;
    return isKeyAsked && isUsable ? this.checks.keyFieldProblems(definition) : found;
  }

  private async checked(
    manager: EntityManager,
    written: unknown,
    ownId: number | null,
    profileProblems: readonly ProblemDetail[],
  ): Promise<FeedDefinition> {
    const { definition, problems } = readFeed(written);
    const errors = [
      ...problems,
      ...(await this.checks.clashes(manager, definition, ownId)),
      ...(problems.length ? [] : await this.checks.keyProblems(manager, definition, ownId)),
      ...profileProblems,
    ];
    if (errors.length)
      throw new Problem(422, 'invalid_feed', 'The feed cannot work; see errors.', { errors });
    return definition;
  }

  private async columns(manager: EntityManager, definition: FeedDefinition, row: FeedEntity | null) {
    const { profile, keyScope, ...columns } = definition;
    return {
      ...columns,
      parameters: { ...columns.parameters },
      profile: await manager.findOneByOrFail(ProfileEntity, { name: profile }),
      keyScope: row?.keyScope.name === keyScope ? row.keyScope : await this.scope(manager, keyScope),
    };
  }

  private async scope(manager: EntityManager, name: string | null): Promise<KeyScopeEntity> {
    const found = name === null ? null : await manager.findOneBy(KeyScopeEntity, { name });
    return found ?? manager.save(KeyScopeEntity, { name });
  }

  private async requireFixed(manager: EntityManager, row: FeedEntity, after: FeedDefinition): Promise<void> {
    const before = toDefinition(row);
    // As plain JSON: jsonb gives members in an order of its own.
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    const fixed = Object.entries(FIXED_WITH_IMPORTS)
      .filter(([, of]) => !isDeepStrictEqual(plain(of(before)), plain(of(after))))
      .map(([name]) => name);
    if (!fixed.length || !((await this.hasImports(manager, row.id)) || (await this.hasSeeds(manager, row))))
      return;
    throw new Problem(
      409,
      'feed_has_imports',
      `Usage or seeded keys have arrived on "${row.name}": ${fixed.join(' and ')} cannot change any more. Create another feed in its place.`,
      {
        errors: fixed.map((name) => ({
          pointer: `/${name}`,
          code: 'feed_has_imports',
          message: 'is fixed by imports',
        })),
      },
    );
  }

  private async hasImports(manager: EntityManager, id: number): Promise<boolean> {
    const rows: unknown[] = await manager.query('SELECT 1 FROM import WHERE feed_id = $1 LIMIT 1', [id]);
    return rows.length > 0;
  }

  /** Keys that were billed elsewhere would be lost with their scope or their fields. */
  private async hasSeeds(manager: EntityManager, { keyScope }: FeedEntity): Promise<boolean> {
    const rows: unknown[] = await manager.query(
      'SELECT 1 FROM key_cell WHERE scope_id IN ($1::int, -$1::int) AND state = 3 LIMIT 1',
      [keyScope.id],
    );
    return rows.length > 0;
  }

  /** The dispatcher may be pausing the feed at this moment. */
  private async locked(manager: EntityManager, id: number): Promise<FeedEntity> {
    await manager.query('SELECT 1 FROM feed WHERE id = $1 FOR UPDATE', [id]);
    return manager.findOneByOrFail(FeedEntity, { id });
  }

  private async asFeed(manager: EntityManager, id: number): Promise<Feed> {
    return toFeed(await manager.findOneByOrFail(FeedEntity, { id }));
  }

  private record(
    manager: EntityManager,
    by: ChangedBy,
    action: string,
    before: Feed | null,
    after: Feed | null,
  ) {
    return this.audit.record(manager, by, {
      action,
      subject: `feed/${(after ?? before)!.id}`,
      before,
      after,
    });
  }
}

/** Whoever changes something else can do so whatever the key is: a feed that cannot work must not stay enabled for it. */
const KEY_MEMBERS = ['enabled', 'profile', 'usageKey'];

/** A feed is healed by what changes from when it asks for it. */
async function beginHealing(manager: EntityManager, id: number): Promise<void> {
  await manager.query(
    `UPDATE feed SET healed_version = CASE WHEN auto_heal THEN
       coalesce(healed_version, (SELECT current FROM reference_version)) END WHERE id = $1`,
    [id],
  );
}

const pausedBy = ({ actor }: ChangedBy): string =>
  `paused by ${typeof actor === 'string' ? actor : actor.name}`;

/** What the configuration folder sets it remembers, to tell drift from what it may change itself. */
const configured = ({ actor }: ChangedBy, definition: FeedDefinition) =>
  actor === 'config' ? { configSha256: definitionHash(definition) } : {};
