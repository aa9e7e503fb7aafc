import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import { ApiPageOf, ApiParameters, ApiProblems, type Page, readQuery } from '../common/index.js';
import { UsageChanges } from './changes-view.js';
import { CHANGES_FILTERS, ChangesService } from './changes.service.js';
import { TOTALS_FILTERS } from './totals-parameters.js';
import { UsageTotals } from './totals-view.js';
import { TotalsService } from './totals.service.js';
import { UsageView } from './usage-view.js';
import { USAGE_FILTERS } from './usage-page.js';
import { UsageService } from './usage.service.js';

@ApiTags('Usage')
@Allow(...READERS)
@Controller('api/v1/usage')
export class UsageController {
  constructor(
    private readonly usage: UsageService,
    private readonly changes: ChangesService,
    private readonly totals: TotalsService,
  ) {}

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

  @Get('totals')
  @ApiOperation({
    summary: 'Add up values and amounts',
    description:
      'By the groups named, and always by unit and currencies: what is counted or paid in different ones is never added. ' +
      'Reversals count with their negated value. Without test usage. `asOf` gives what was true then.',
  })
  @ApiParameters(TOTALS_FILTERS)
  @ApiOkResponse({ type: UsageTotals })
  @ApiProblems(400, 403, 422)
  readTotals(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<UsageTotals> {
    return this.totals.read(caller, readQuery(query, TOTALS_FILTERS));
  }

  @Get('changes')
  @ApiOperation({
    summary: 'Follow the ledger in its own order',
    description:
      'Every entry once, usage and reversals, without test usage. Behind a cursor that was given out never comes an ' +
      'entry that belongs before it, whatever commits at the same time. A cursor belongs to its `feed`.',
  })
  @ApiParameters(CHANGES_FILTERS)
  @ApiOkResponse({ type: UsageChanges })
  @ApiProblems(400, 403, 409)
  readChanges(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<UsageChanges> {
    return this.changes.read(caller, readQuery(query, CHANGES_FILTERS));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show a ledger entry' })
  @ApiOkResponse({ type: UsageView })
  @ApiProblems(403, 404, 410)
  get(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: unknown): Promise<UsageView> {
    readQuery(query, {});
    return this.usage.get(caller, id);
  }
}
