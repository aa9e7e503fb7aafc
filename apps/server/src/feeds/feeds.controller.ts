import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import { forbidden, LIST_PARAMETERS, readQuery } from '../common/index.js';
import { FeedChanges } from './feed-changes.js';
import { FeedsService } from './feeds.service.js';

@Controller('api/v1/feeds')
export class FeedsController {
  constructor(
    private readonly feeds: FeedsService,
    private readonly changes: FeedChanges,
  ) {}

  @Get()
  @Allow(...READERS)
  list(@CurrentCaller() caller: Caller, @Query() query: unknown) {
    return this.feeds.list(caller, readQuery(query, LIST_PARAMETERS));
  }

  @Post()
  @Allow('implementer')
  create(@CurrentCaller() caller: Caller, @ByCaller() by: ChangedBy, @Body() body: unknown) {
    if (caller.feeds) throw forbidden('This key is limited to feeds that there are already.');
    return this.changes.create(by, body);
  }

  @Get(':feed')
  @Allow(...READERS)
  get(@CurrentCaller() caller: Caller, @Param('feed') ref: string) {
    return this.feeds.get(caller, ref);
  }

  @Patch(':feed')
  @Allow('implementer')
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
  async remove(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Param('feed') ref: string,
  ): Promise<void> {
    await this.changes.remove(by, await this.feeds.row(caller, ref));
  }
}
