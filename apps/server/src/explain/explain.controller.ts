import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import { ApiProblems, goneOf, readQuery } from '../common/index.js';
import { ExceptionExplanation, UsageExplanation } from './explain-view.js';
import { ExplainService } from './explain.service.js';

@Controller('api/v1')
export class ExplainController {
  constructor(private readonly service: ExplainService) {}

  @Get('usage/:id/explain')
  @ApiTags('Usage')
  @Allow(...READERS)
  @ApiOperation({
    summary: 'Explain a ledger entry',
    description:
      'What was sent, the record after each step with what changed, what the steps looked at by the profile version and ' +
      'the reference data that it was posted with, and where today differs. Of a reversal: the entry that it reverses.',
  })
  @ApiOkResponse({ type: UsageExplanation })
  @ApiProblems(400, 403, 404, 410, 422, 429, 503)
  explainUsage(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UsageExplanation> {
    readQuery(query, {});
    return this.service.usage(caller, id, goneOf(reply));
  }

  @Get('exceptions/:id/explain')
  @ApiTags('Exceptions')
  @Allow('integrator', ...READERS)
  @ApiOperation({
    summary: 'Explain an exception',
    description:
      'Its last revision, by the profile version and the reference data of the last attempt, step by step, and where ' +
      'today differs. An integrator does not see what was looked up.',
  })
  @ApiOkResponse({ type: ExceptionExplanation })
  @ApiProblems(400, 403, 404, 410, 422, 429, 503)
  explainException(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ExceptionExplanation> {
    readQuery(query, {});
    return this.service.exception(caller, id, goneOf(reply));
  }
}
