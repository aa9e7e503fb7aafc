import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import {
  ApiPageOf,
  ApiParameters,
  ApiProblems,
  LIST_PARAMETERS,
  type Page,
  readBody,
  readQuery,
} from '../common/index.js';
import {
  ChangedPeriodsView,
  ClosePeriodDto,
  PeriodChangeView,
  PeriodView,
  ReopenPeriodDto,
} from './period.dto.js';
import { PeriodsService } from './periods.service.js';

@ApiTags('Periods')
@Controller('api/v1/periods')
export class PeriodsController {
  constructor(private readonly periods: PeriodsService) {}

  @Get()
  @Allow(...READERS)
  @ApiOperation({ summary: 'List until when each feed is closed, newest feed first' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(PeriodView)
  @ApiProblems(400, 403)
  list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<PeriodView>> {
    return this.periods.list(caller, readQuery(query, LIST_PARAMETERS));
  }

  @Get('changes')
  @Allow(...READERS)
  @ApiOperation({ summary: 'List who closed and reopened what, newest first' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(PeriodChangeView)
  @ApiProblems(400, 403)
  changes(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<PeriodChangeView>> {
    return this.periods.changes(caller, readQuery(query, LIST_PARAMETERS));
  }

  @Post('close')
  @HttpCode(200)
  @Allow('operator')
  @ApiOperation({
    summary: 'Close what is dated before a moment',
    description:
      'The answer comes when nothing is under way any more that could post into it unawares: at most 25 seconds. What comes late follows the `lateUsage` of its feed. Never opens anything: use `reopen`.',
  })
  @ApiBody({ type: ClosePeriodDto })
  @ApiOkResponse({ type: ChangedPeriodsView })
  @ApiProblems(400, 403, 422, 503)
  close(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Body() body: unknown,
    @Query() query: unknown,
  ): Promise<ChangedPeriodsView> {
    readQuery(query, {});
    return this.periods.close(caller, by, readBody(ClosePeriodDto, body, 'invalid_period'));
  }

  @Post('reopen')
  @HttpCode(200)
  @Allow('operator')
  @ApiOperation({
    summary: 'Open what is dated from a moment on',
    description: 'Where nothing of that is closed, nothing is changed: 409 `nothing_to_reopen`.',
  })
  @ApiBody({ type: ReopenPeriodDto })
  @ApiOkResponse({ type: ChangedPeriodsView })
  @ApiProblems(400, 403, 409, 422)
  reopen(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Body() body: unknown,
    @Query() query: unknown,
  ): Promise<ChangedPeriodsView> {
    readQuery(query, {});
    return this.periods.reopen(caller, by, readBody(ReopenPeriodDto, body, 'invalid_period'));
  }
}
