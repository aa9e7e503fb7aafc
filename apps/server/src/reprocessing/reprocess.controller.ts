import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import {
  ApiPageOf,
  ApiParameters,
  ApiProblems,
  LIST_PARAMETERS,
  type Page,
  goneOf,
  readNoBody,
  readQuery,
} from '../common/index.js';
import { ApiReprocessing, answerStarted } from './answer-started.js';
import { ProgressService } from './progress.service.js';
import { ReprocessDto, readReprocess } from './reprocess-request.js';
import { ReprocessSummary, ReprocessView } from './reprocess-view.js';
import { ReprocessingService } from './reprocessing.service.js';

@ApiTags('Corrections')
@Allow('operator')
@Controller('api/v1/admin/reprocess')
export class ReprocessController {
  constructor(
    private readonly reprocessing: ReprocessingService,
    private readonly progress: ProgressService,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Decide records again',
    description:
      'The selection is evaluated once. What cannot be decided again just now is left out and counted by reason, but an ' +
      'import that is named by its tracking id is refused. At most 2,000,000 records. With `dryRun` nothing is stored.',
  })
  @ApiBody({ type: ReprocessDto })
  @ApiReprocessing()
  @ApiProblems(400, 403, 409, 422, 429, 503)
  async start(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Body() body: unknown,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    readQuery(query, {});
    const request = readReprocess(body);
    if (request.dryRun) {
      const outcome = await this.reprocessing.dryRun(caller, request, goneOf(reply));
      return void reply.status(200).send(outcome);
    }
    const answer = await this.reprocessing.start(caller, by, request);
    answerStarted(reply, answer);
  }

  @Get()
  @Allow(...READERS)
  @ApiOperation({ summary: 'List reprocessings, newest first' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(ReprocessSummary)
  @ApiProblems(400, 403)
  list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<ReprocessSummary>> {
    return this.progress.list(caller, readQuery(query, LIST_PARAMETERS));
  }

  @Get(':reprocessId')
  @Allow(...READERS)
  @ApiOperation({ summary: 'Show how far a reprocessing has come' })
  @ApiResponse({ status: 200, type: ReprocessView })
  @ApiProblems(403, 404)
  get(
    @CurrentCaller() caller: Caller,
    @Param('reprocessId') reprocessId: string,
    @Query() query: unknown,
  ): Promise<ReprocessView> {
    readQuery(query, {});
    return this.progress.get(caller, reprocessId);
  }

  @Post(':reprocessId/cancel')
  @ApiOperation({
    summary: 'End a reprocessing early',
    description:
      'What has not begun is skipped, reason `cancelled`, also while its feed is paused; what has been decided stays.',
  })
  @ApiResponse({ status: 202, type: ReprocessView })
  @ApiProblems(400, 403, 404, 409, 422)
  async cancel(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Param('reprocessId') reprocessId: string,
    @Body() body: unknown,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    readQuery(query, {});
    readNoBody(body);
    void reply.status(202).send(await this.progress.cancel(caller, by, reprocessId));
  }
}
