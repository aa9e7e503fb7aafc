import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { type Caller, requireFeed } from '../auth/index.js';
import {
  BriefCache,
  DEFAULT_LIMIT,
  type ListValues,
  type Page,
  Problem,
  pageOf,
  readCursor,
} from '../common/index.js';
import { ProfilesService } from '../profiles/index.js';
import { FeedReader } from './feed-reader.js';
import { toFeed } from './feed-wire.js';
import { FeedEntity } from './feed.entity.js';
import type { Feed, FeedRow } from './feed.js';

/** How long a feed is believed by those who take usage in: a change is seen by every process within that time. */
const BELIEVED_MS = 2000;

/** Finds feeds: for those who take usage in by a memory of two seconds, for the API as they are. */
@Injectable()
export class FeedsService implements OnModuleInit {
  private readonly byReference = new BriefCache((ref) => this.reader.byRef(ref), BELIEVED_MS);
  private readonly byName = new BriefCache((name) => this.reader.byName(name), BELIEVED_MS);

  constructor(
    private readonly reader: FeedReader,
    private readonly profiles: ProfilesService,
    @InjectRepository(FeedEntity) private readonly feeds: Repository<FeedEntity>,
  ) {}

  onModuleInit(): void {
    this.profiles.onPublished(() => this.forget());
  }

  /**
   * The feed of an id or API name, at most two seconds old; changes by this process show at once.
   * @throws Problem 404 `feed_not_found`
   */
  async byRef(ref: string): Promise<FeedRow> {
    return (await this.known(this.byReference, ref)) ?? refuseUnknown(ref);
  }

  /** As `byRef`, also by name: for the LogiSense-shaped routes. */
  async byRefOrName(ref: string): Promise<FeedRow> {
    return (
      (await this.known(this.byReference, ref)) ?? (await this.known(this.byName, ref)) ?? refuseUnknown(ref)
    );
  }

  /** Makes the next look-up see what this process has just changed. */
  forget(): void {
    this.byReference.clear();
    this.byName.clear();
  }

  async list(caller: Caller, { limit = DEFAULT_LIMIT, cursor }: ListValues): Promise<Page<Feed>> {
    const [before] = readCursor('feeds', ['integer'], cursor) ?? [null];
    const query = this.feeds
      .createQueryBuilder('f')
      .innerJoinAndSelect('f.profile', 'p')
      .innerJoinAndSelect('f.keyScope', 's')
      .orderBy('f.id', 'DESC')
      .limit(limit + 1);
    if (before !== null) query.andWhere('f.id < :before', { before });
    if (caller.feeds) query.andWhere('f.id = ANY(:feeds)', { feeds: caller.feeds });
    return pageOf('feeds', await query.getMany(), limit, toFeed, (row) => [row.id]);
  }

  /** @throws Problem 404, 403 where the caller's key is for other feeds */
  async get(caller: Caller, ref: string): Promise<Feed> {
    return toFeed(await this.row(caller, ref));
  }

  async row(caller: Caller, ref: string): Promise<FeedEntity> {
    const id = (await this.reader.byRef(ref))?.id;
    if (id === undefined) return refuseUnknown(ref);
    requireFeed(caller, id);
    return (await this.feeds.findOneBy({ id })) ?? refuseUnknown(ref);
  }

  /** The feed of an API name, for the configuration folder. */
  rowOfApiName(apiName: string): Promise<FeedEntity | null> {
    return this.feeds.findOneBy({ apiName });
  }

  /** A feed that is not there is not remembered: whoever has just created it finds it. */
  private async known(cache: BriefCache<FeedRow | null>, ref: string): Promise<FeedRow | null> {
    const feed = await cache.get(ref);
    if (!feed) cache.forget(ref);
    return feed;
  }
}

function refuseUnknown(ref: string): never {
  throw new Problem(404, 'feed_not_found', `There is no feed "${ref.slice(0, 100)}".`);
}
