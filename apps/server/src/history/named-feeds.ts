import { Injectable } from '@nestjs/common';
import { type Caller, requireFeed } from '../auth/index.js';
import { Problem, badParameter } from '../common/index.js';
import { FeedsService } from '../feeds/index.js';

/** Feeds that a filter names, by id or API name. */
@Injectable()
export class NamedFeeds {
  constructor(private readonly feeds: FeedsService) {}

  /**
   * The id of a feed; undefined where no feed is named.
   * @param parameter that names it
   * @throws Problem 400 for an unknown feed, 403 for one that the key is not for
   */
  async idOf(caller: Caller, name: string | undefined, parameter = 'feed'): Promise<number | undefined> {
    if (name === undefined) return undefined;
    const { id } = await this.feeds.byRef(name).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 404) throw badParameter(parameter, 'names no feed.');
      throw error;
    });
    requireFeed(caller, id);
    return id;
  }
}
