import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Allow, type Caller, CurrentCaller, READERS, requireFeed } from '../auth/index.js';
import {
  type ValuesOf,
  feedParameter,
  oneOf,
  readPageNumber,
  readQuery,
  textParameter,
  trackingIdParameter,
} from '../common/index.js';
import { FeedsService } from '../feeds/index.js';
import { NamedFeeds, NumberedImportsService } from '../history/index.js';
import { HISTORY_STATUS_NAMES, toHistoryRow, toImportStatus } from './history-row.js';
import { PAGED_LIST, toInstance, toPaged } from './paged.js';
import { resourcePaths } from './paths.js';

const OF_FEED = {
  ...PAGED_LIST,
  trackingId: trackingIdParameter('The import that a post answered with.'),
  fileName: textParameter('The whole name that the sender gave.'),
  dataImportHistoryStatusTypeName: oneOf(HISTORY_STATUS_NAMES, 'Where the import stands.'),
};
const OF_ALL = { ...OF_FEED, udrFeedId: feedParameter() };

type HistoryQuery = ValuesOf<typeof OF_FEED>;

/** The import history in LogiSense's shape. */
@ApiExcludeController()
@Allow('integrator', ...READERS)
@Controller(resourcePaths('DataImport/Usage'))
export class LogisenseHistoryController {
  constructor(
    private readonly imports: NumberedImportsService,
    private readonly feeds: FeedsService,
    private readonly namedFeeds: NamedFeeds,
  ) {}

  /** A feed and what was sent to it. */
  @Get('Feed/:feed')
  async ofFeed(
    @CurrentCaller() caller: Caller,
    @Param('feed') name: string,
    @Query() query: unknown,
  ): Promise<object> {
    const values = readQuery(query, OF_FEED);
    const feed = await this.feeds.byRefOrName(name);
    requireFeed(caller, feed.id);
    const row = {
      udrFeedId: feed.id,
      udrFeedName: feed.name,
      apiFeedName: feed.apiName,
      dataProfileId: feed.profileId,
      dataProfileName: feed.profileName,
      isEnabled: feed.enabled,
    };
    return { ...toInstance(row), ...(await this.page(caller, values, feed.id)) };
  }

  @Get('History')
  async list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<object> {
    const { udrFeedId, ...values } = readQuery(query, OF_ALL);
    return this.page(caller, values, await this.namedFeeds.idOf(caller, udrFeedId, 'udrFeedId'));
  }

  @Get('History/:id')
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<object> {
    readQuery(query, {});
    return toInstance(toHistoryRow(await this.imports.get(caller, id)));
  }

  /** The row, and the import as the native API shows it: reasons, and where its records stand today. */
  @Get('History/:id/Detail')
  async getDetail(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<object> {
    readQuery(query, {});
    const found = await this.imports.get(caller, id);
    return toInstance({ ...toHistoryRow(found), detail: found.view });
  }

  private async page(caller: Caller, query: HistoryQuery, feedId: number | undefined): Promise<object> {
    const { fileName, trackingId, dataImportHistoryStatusTypeName: statusName, from, to } = query;
    const page = readPageNumber(query);
    const status = statusName && toImportStatus(statusName);
    const filters = { feedId, trackingId, source: fileName, status, from, to };
    return toPaged(page, await this.imports.page(caller, filters, page), toHistoryRow);
  }
}
