import { Injectable } from '@nestjs/common';
import { unknownKeyFields } from 'feedmill/pipeline';
import type { EntityManager } from 'typeorm';
import type { ChangedBy } from '../admin/index.js';
import { type ProblemDetail, forbidden, isStorableText } from '../common/index.js';
import { ProfileChecks, type ProfileVersion, ProfilesService } from '../profiles/index.js';
import { readFeed } from './feed-rules.js';
import type { FeedEntity } from './feed.entity.js';
import type { FeedDefinition } from './feed.js';
import { type KeyKeeper, keptTooShort } from './key-keeping.js';

/** What of a feed can only be told beside the other feeds and the profiles. */
@Injectable()
export class FeedChecks {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly profileChecks: ProfileChecks,
  ) {}

  /** Names that would let `{feed}` in a path mean two feeds. `ownId`: the feed's own, null for a new one. */
  async clashes(
    manager: EntityManager,
    feed: FeedDefinition,
    ownId: number | null,
  ): Promise<ProblemDetail[]> {
    const isTaken = (pointer: string, name: string, what: string): ProblemDetail => ({
      pointer,
      code: 'name_taken',
      message: `"${name}" is ${what} of another feed`,
    });
    const [name, apiName] = [feed.name, feed.apiName].map((text) => (isText(text) ? text : ''));
    const rows: { name: string; api_name: string }[] = await manager.query(
      'SELECT name, api_name FROM feed WHERE id IS DISTINCT FROM $3 AND (name IN ($1, $2) OR api_name IN ($1, $2))',
      [name, apiName, ownId],
    );
    return rows.flatMap((other) => [
      ...(other.name === feed.name ? [isTaken('/name', feed.name, 'the name')] : []),
      ...(other.api_name === feed.name ? [isTaken('/name', feed.name, 'the API name')] : []),
      ...(other.api_name === feed.apiName ? [isTaken('/apiName', feed.apiName, 'the API name')] : []),
      ...(other.name === feed.apiName ? [isTaken('/apiName', feed.apiName, 'the name')] : []),
    ]);
  }

  /**
   * Usage of one feed of a scope can take back that of another, so whoever brings a feed into a scope must be for all of it.
   * @throws Problem 403
   */
  async requireScope(
    manager: EntityManager,
    { actor }: ChangedBy,
    row: FeedEntity,
    written: unknown,
  ): Promise<void> {
    const { keyScope } = readFeed(written).definition;
    const isJoined = isText(keyScope) && keyScope !== row.keyScope.name;
    if (!isJoined || typeof actor === 'string' || !actor.feeds) return;
    const others: unknown[] = await manager.query(
      'SELECT 1 FROM feed f JOIN key_scope s ON s.id = f.key_scope_id WHERE s.name = $1 AND f.id <> ALL($2::int[]) LIMIT 1',
      [keyScope, actor.feeds],
    );
    if (others.length > 0) throw forbidden('Feeds that this key is not for have this key scope.');
  }

  /** Usage must be there as long as the keys of its scope are to be forgotten by it. */
  async keyProblems(
    manager: EntityManager,
    { apiName, keyRetention, keyScope, retention }: FeedDefinition,
    ownId: number | null,
  ): Promise<ProblemDetail[]> {
    const others: KeyKeeper[] = isText(keyScope)
      ? await manager.query(
          `SELECT f.api_name AS "apiName", f.key_retention AS "keyRetention", f.retention ->> 'usage' AS usage
           FROM feed f JOIN key_scope s ON s.id = f.key_scope_id WHERE s.name = $1 AND f.id IS DISTINCT FROM $2 ORDER BY f.id`,
          [keyScope, ownId],
        )
      : [];
    return keptTooShort({ apiName, keyRetention, usage: retention.usage }, others);
  }

  /** The profile must exist, and where it is published read what the feed takes. */
  async profileProblems({ profile, format }: FeedDefinition): Promise<ProblemDetail[]> {
    if (!isText(profile)) return [];
    const published = await this.published(profile);
    if (published === undefined) {
      return [
        { pointer: '/profile', code: 'not_found', message: `there is no profile "${profile.slice(0, 100)}"` },
      ];
    }
    const reads = published && (await this.profileChecks.formatOf(published));
    if (!reads || reads === format) return [];
    const message = `profile "${profile}" reads ${reads}, but the feed takes ${String(format)}`;
    return [{ pointer: '/profile', code: 'format_mismatch', message }];
  }

  /** The profile must give the fields of the usage key, as far as it is published and says what it gives. */
  async keyFieldProblems({ profile, usageKey }: FeedDefinition): Promise<ProblemDetail[]> {
    const published = await this.published(profile);
    if (!published || !('fields' in usageKey)) return [];
    const decoded = await this.profileChecks.decodedFields(published);
    return unknownKeyFields(usageKey.fields, decoded).map(({ place, message }) => ({
      pointer: `/usageKey/fields/${place}`,
      code: 'unknown_field',
      message,
    }));
  }

  /** Null where the profile has no published version, undefined where there is no profile. */
  private published(profile: string): Promise<ProfileVersion | null | undefined> {
    return this.profiles.published(profile).catch((error: { code?: string }) => {
      if (error.code === 'profile_not_found') return undefined;
      throw error;
    });
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && isStorableText(value);
