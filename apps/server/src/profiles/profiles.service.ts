import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Audit, type ChangedBy } from '../admin/index.js';
import { DEFAULT_LIMIT, type ListValues, type Page, Problem, pageOf, readCursor } from '../common/index.js';
import { ProfileChecks } from './profile-checks.js';
import { ProfileEntity, ProfileVersionEntity } from './profile.entity.js';
import { PROFILE_NAME, type ProfileSummary, type ProfileVersion } from './profile.js';
import { nameOf, notFound, toVersion } from './profile-wire.js';

/** Profiles and their versions: drafts are edited, published versions never change. */
@Injectable()
export class ProfilesService {
  private readonly listeners: (() => void)[] = [];

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly checks: ProfileChecks,
    private readonly audit: Audit,
  ) {}

  async list({ limit = DEFAULT_LIMIT, cursor }: ListValues): Promise<Page<ProfileSummary>> {
    const [after] = readCursor('profiles', ['integer'], cursor) ?? [null];
    const rows = await this.summaries('$1::bigint IS NULL OR p.id < $1', after, limit + 1);
    return pageOf('profiles', rows, limit, toSummary, (row) => [row.id]);
  }

  async get(name: string): Promise<ProfileSummary> {
    const [row] = PROFILE_NAME.test(name) ? await this.summaries('p.name = $1', name, 1) : [];
    if (!row) throw notFound(name);
    return toSummary(row);
  }

  /** @throws Problem 409 `profile_exists` */
  async create(by: ChangedBy, name: string, description = ''): Promise<ProfileSummary> {
    await this.database.transaction(async (manager) => {
      const { identifiers } = await manager
        .createQueryBuilder()
        .insert()
        .into(ProfileEntity)
        .values({ name, description })
        .orIgnore()
        .execute();
      if (!identifiers[0]) throw new Problem(409, 'profile_exists', `There is a profile "${name}" already.`);
      await this.audit.record(manager, by, {
        action: 'profile.created',
        subject: `profile/${name}`,
        before: null,
        after: { name, description },
      });
    });
    return this.get(name);
  }

  async listVersions(
    name: string,
    { limit = DEFAULT_LIMIT, cursor }: ListValues,
  ): Promise<Page<ProfileVersion>> {
    const [after] = readCursor('versions', ['integer'], cursor) ?? [null];
    const profile = await this.profile(this.database.manager, name);
    const query = this.database.manager
      .createQueryBuilder(ProfileVersionEntity, 'v')
      .where('v.profile_id = :id', { id: profile.id })
      .orderBy('v.version', 'DESC')
      .take(limit + 1);
    if (after !== null) query.andWhere('v.version < :after', { after });
    return pageOf(
      'versions',
      await query.getMany(),
      limit,
      (row) => toVersion(name, row),
      (row) => [row.version],
    );
  }

  async getVersion(name: string, version: number): Promise<ProfileVersion> {
    const profile = await this.profile(this.database.manager, name);
    return toVersion(name, await this.version(this.database.manager, profile, version));
  }

  /** @throws Problem 422 `invalid_profile` with every problem of the definition */
  async createDraft(by: ChangedBy, name: string, body: unknown): Promise<ProfileVersion> {
    await this.profile(this.database.manager, name);
    const definition = await this.checks.read(body);
    return this.database.transaction(async (manager) => {
      const profile = await this.profile(manager, name, true);
      const last = await manager.maximum(ProfileVersionEntity, 'version', { profileId: profile.id });
      const saved = await manager.save(ProfileVersionEntity, {
        profileId: profile.id,
        version: (last ?? 0) + 1,
        status: 'draft' as const,
        definition,
        createdBy: nameOf(by),
      });
      return this.audited(manager, by, 'profile_version.created', name, null, saved.version);
    });
  }

  /** @throws Problem 409 `version_not_draft`, 422 `invalid_profile` */
  async changeDraft(by: ChangedBy, name: string, version: number, body: unknown): Promise<ProfileVersion> {
    requireDraft(await this.getVersion(name, version));
    const definition = await this.checks.read(body);
    return this.database.transaction(async (manager) => {
      const profile = await this.profile(manager, name, true);
      const draft = await this.version(manager, profile, version);
      requireDraft(toVersion(name, draft));
      await manager.update(ProfileVersionEntity, draft.id, { definition: definition as object });
      return this.audited(manager, by, 'profile_version.changed', name, draft, version);
    });
  }

  /**
   * Makes a draft what new imports use, and retires the version that was.
   * @throws Problem 409 `version_not_draft`, 422 `invalid_profile` where its step types have changed since it was saved
   */
  async publish(by: ChangedBy, name: string, version: number, comment: string): Promise<ProfileVersion> {
    const checked = await this.getVersion(name, version);
    requireDraft(checked);
    await this.checks.requirePublishable(name, checked);
    const published = await this.database.transaction(async (manager) => {
      const profile = await this.profile(manager, name, true);
      const draft = await this.version(manager, profile, version);
      requireDraft(toVersion(name, draft));
      if (JSON.stringify(toVersion(name, draft)) !== JSON.stringify(checked)) {
        throw new Problem(
          409,
          'version_changed',
          `Version ${version} was changed while it was being published.`,
        );
      }
      if (profile.publishedVersionId !== null) {
        await manager.update(ProfileVersionEntity, profile.publishedVersionId, { status: 'retired' });
      }
      await manager.update(ProfileVersionEntity, draft.id, {
        status: 'published',
        comment,
        publishedAt: () => 'now()',
        publishedBy: nameOf(by),
      });
      await manager.update(ProfileEntity, profile.id, { publishedVersionId: draft.id });
      return this.audited(manager, by, 'profile_version.published', name, draft, version);
    });
    for (const listener of this.listeners) listener();
    return published;
  }

  /** Calls back after each version that this process has published. */
  onPublished(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The version that new imports use, or null; for those who need to know without an HTTP answer. */
  async published(name: string): Promise<ProfileVersion | null> {
    const { publishedVersion } = await this.get(name);
    return publishedVersion === null ? null : this.getVersion(name, publishedVersion);
  }

  private async profile(manager: EntityManager, name: string, isForChange = false): Promise<ProfileEntity> {
    if (!PROFILE_NAME.test(name)) throw notFound(name);
    const profile = await manager.findOne(ProfileEntity, {
      where: { name },
      ...(isForChange ? { lock: { mode: 'pessimistic_write' } } : {}),
    });
    if (!profile) throw notFound(name);
    return profile;
  }

  private async version(
    manager: EntityManager,
    profile: ProfileEntity,
    version: number,
  ): Promise<ProfileVersionEntity> {
    const found = await manager.findOneBy(ProfileVersionEntity, { profileId: profile.id, version });
    if (found) return found;
    throw new Problem(404, 'version_not_found', `Profile "${profile.name}" has no version ${version}.`);
  }

  private async audited(
    manager: EntityManager,
    by: ChangedBy,
    action: string,
    name: string,
    before: ProfileVersionEntity | null,
    version: number,
  ): Promise<ProfileVersion> {
    const profile = await this.profile(manager, name);
    const after = toVersion(name, await this.version(manager, profile, version));
    await this.audit.record(manager, by, {
      action,
      subject: `profile/${name}/versions/${version}`,
      before: before && toVersion(name, before),
      after,
    });
    return after;
  }

  private summaries(where: string, parameter: unknown, limit: number): Promise<SummaryRow[]> {
    return this.database.query(
      `SELECT p.id, p.name, p.description, p.created_at, v.version AS published,
              (SELECT max(version) FROM profile_version WHERE profile_id = p.id) AS latest
       FROM profile p LEFT JOIN profile_version v ON v.id = p.published_version_id
       WHERE ${where} ORDER BY p.id DESC LIMIT $2`,
      [parameter, limit],
    );
  }
}

interface SummaryRow {
  id: number;
  name: string;
  description: string;
  created_at: Date;
  published: number | null;
  latest: number | null;
}

function toSummary(row: SummaryRow): ProfileSummary {
  return {
    name: row.name,
    description: row.description,
    publishedVersion: row.published,
    latestVersion: row.latest,
    createdAt: row.created_at.toISOString(),
  };
}

function requireDraft({ name, version, status }: ProfileVersion): void {
  if (status === 'draft') return;
  throw new Problem(
    409,
    'version_not_draft',
    `Version ${version} of "${name}" is ${status} and never changes; create a new version in its place.`,
  );
}
