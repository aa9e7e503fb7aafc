import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import { ApiPageOf, ApiParameters, ApiProblems, type Page, readQuery } from '../common/index.js';
import { UsageView } from './usage-view.js';
import { USAGE_FILTERS } from './usage-page.js';
import { UsageService } from './usage.service.js';

@ApiTags('Usage')
@Allow(...READERS)
@Controller('api/v1/usage')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get()
  @ApiOperation({
    summary: 'List ledger entries, newest first',
    description: 'By arrival; the entries of one account by usage date. Viewers see identifiers masked.',
  })
  @ApiParameters(USAGE_FILTERS)
  @ApiPageOf(UsageView)
  @ApiProblems(400, 403)
  list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<UsageView>> {
    return this.usage.list(caller, readQuery(query, USAGE_FILTERS));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show a ledger entry' })
  @ApiOkResponse({ type: UsageView })
  @ApiProblems(403, 404)
  get(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: unknown): Promise<UsageView> {
    readQuery(query, {});
    return this.usage.get(caller, id);
  }
}
