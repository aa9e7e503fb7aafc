import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { AllFeeds, Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import { ApiPageOf, ApiParameters, ApiProblems, LIST_PARAMETERS, Takes, readQuery } from '../common/index.js';
import { FeedChanges } from './feed-changes.js';
import { FeedView } from './feed-view.js';
import { FeedDto, FeedPatchDto } from './feed.dto.js';
import { FeedsService } from './feeds.service.js';

@Controller('api/v1/feeds')
export class FeedsController {
  constructor(
    private readonly feeds: FeedsService,
    private readonly changes: FeedChanges,
  ) {}

  @Get()
  @Allow(...READERS)
  @ApiOperation({ summary: 'List feeds', description: 'A key limited to feeds sees those.' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(FeedView)
  @ApiProblems(400, 403)
  list(@CurrentCaller() caller: Caller, @Query() query: unknown) {
    return this.feeds.list(caller, readQuery(query, LIST_PARAMETERS));
  }

  @Post()
  @Allow('implementer')
  @AllFeeds()
  @ApiOperation({ summary: 'Create a feed', description: 'Refused with every problem at once.' })
  @ApiBody({ type: FeedDto })
  @ApiCreatedResponse({ type: FeedView })
  @ApiProblems(403, 422)
  create(@ByCaller() by: ChangedBy, @Body() body: unknown) {
    return this.changes.create(by, body);
  }

  @Get(':feed')
  @Allow(...READERS)
  @ApiOperation({ summary: 'Show a feed' })
  @ApiOkResponse({ type: FeedView })
  @ApiProblems(400, 403, 404)
  get(@CurrentCaller() caller: Caller, @Param('feed') ref: string, @Query() query: unknown) {
    readQuery(query, {});
    return this.feeds.get(caller, ref);
  }

  @Patch(':feed')
  @Allow('implementer')
  @ApiOperation({
    summary: 'Change the members given',
    description:
      'A JSON merge patch (RFC 7396): `retention`, `rows`, `usageKey` and `parameters` are changed member by member, lists are replaced, ' +
      'and null sets a member, or one within another, back to its default (a parameter is taken away). `{"usageKey":{"none":true}}` takes the place ' +
      'of a key with fields, and the other way round. Format, the fields of the usage key and the key scope are fixed once there are imports.',
  })
  @Takes('application/json', 'application/merge-patch+json')
  @ApiBody({ type: FeedPatchDto })
  @ApiOkResponse({ type: FeedView })
  @ApiProblems(403, 404, 409, 422)
  async change(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Param('feed') ref: string,
    @Body() body: unknown,
  ) {
    return this.changes.change(by, await this.feeds.row(caller, ref), body);
  }

  @Delete(':feed')
  @HttpCode(204)
  @Allow('implementer')
  @ApiOperation({
    summary: 'Delete a feed on which neither usage nor the only seeded keys of its scope have arrived',
  })
  @ApiProblems(403, 404, 409)
  async remove(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Param('feed') ref: string,
  ): Promise<void> {
    await this.changes.remove(by, await this.feeds.row(caller, ref));
  }
}
