import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, READERS } from '../auth/index.js';
import {
  ApiPageOf,
  ApiParameters,
  ApiProblems,
  LIST_PARAMETERS,
  type Page,
  type ProblemDetail,
  Takes,
  readQuery,
} from '../common/index.js';
import { ChangeAnswer } from './change-answer.js';
import { PlanView, RateView } from './rate-plan-view.js';
import { RatePlansService, type WrittenPlan } from './rate-plans.service.js';
import { RATE_CSV_PARAMETERS, RATE_FILTERS } from './reference-queries.js';
import { csvRows, isTextBody, listRows, membersOf, requireFew } from './written-rows.js';

@ApiTags('Reference data')
@Controller('api/v1/rate-plans')
export class RatePlansController {
  constructor(private readonly plans: RatePlansService) {}

  @Get()
  @Allow(...READERS)
  @ApiOperation({ summary: 'List rate plans' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(PlanView)
  @ApiProblems(400, 403)
  list(@Query() query: unknown): Promise<Page<PlanView>> {
    return this.plans.list(readQuery(query, LIST_PARAMETERS));
  }

  @Get(':name')
  @Allow(...READERS)
  @ApiOperation({ summary: 'Show a rate plan and its rates' })
  @ApiParameters(RATE_FILTERS)
  @ApiPageOf(RateView, PlanView)
  @ApiProblems(400, 403, 404)
  get(@Param('name') name: string, @Query() query: unknown): Promise<PlanView & Page<RateView>> {
    return this.plans.get(name, readQuery(query, RATE_FILTERS));
  }

  @Put(':name')
  @Allow('implementer')
  @ApiOperation({
    summary: 'Create or change a rate plan and its rates',
    description:
      'A rate is known by usageClass, usageClassType, match and validFrom. At most 10,000 rates, all or nothing. ' +
      'Two rates of equal rank that are valid at one time are refused.',
  })
  @Takes('application/json', 'text/csv')
  @ApiParameters(RATE_CSV_PARAMETERS)
  @ApiOkResponse({ type: ChangeAnswer })
  @ApiProblems(400, 403, 409, 415, 422)
  upsert(
    @ByCaller() by: ChangedBy,
    @Param('name') name: string,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<ChangeAnswer> {
    return this.plans.upsert(by, name, toWritten(query, body));
  }
}

function toWritten(query: unknown, body: unknown): WrittenPlan {
  const parameters = readQuery(query, RATE_CSV_PARAMETERS);
  const problems: ProblemDetail[] = [];
  if (isTextBody(body)) {
    const { currency, timeZone } = parameters;
    return { rows: requireFew(csvRows(body.text, problems)), currency, timeZone, problems };
  }
  const {
    currency = parameters.currency,
    timeZone = parameters.timeZone,
    rates,
  } = membersOf(body, ['currency', 'timeZone', 'rates'], problems);
  return { rows: requireFew(listRows(rates, 'rates', problems)), currency, timeZone, problems };
}
