import { Body, Controller, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller } from '../auth/index.js';
import { ApiProblems, goneOf, readQuery } from '../common/index.js';
import { readSelectionBody } from '../exceptions/index.js';
import { DryReprocessView, ReprocessAnswer } from './reprocess-view.js';
import { ResolveDto, ResolveService } from './resolve.service.js';

@ApiTags('Exceptions')
@ApiExtraModels(DryReprocessView)
@Allow('operator')
@Controller('api/v1/exceptions/resolve')
export class ResolveController {
  constructor(private readonly conflicts: ResolveService) {}

  @Post()
  @ApiOperation({
    summary: 'Resolve conflicts of usage keys',
    description:
      '`replace` reverses the live entry and stores this one: a reprocessing, followed as any. `keep` discards this one, and is ' +
      'done with the answer (200: `matched`, `changed`, `ineligible`).',
  })
  @ApiBody({ type: ResolveDto })
  @ApiResponse({ status: 202, type: ReprocessAnswer })
  @ApiResponse({
    status: 200,
    schema: { $ref: getSchemaPath(DryReprocessView) },
    description: 'Of a dry run.',
  })
  @ApiProblems(400, 403, 409, 422, 429, 503)
  async resolve(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Body() body: unknown,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    readQuery(query, {});
    const request = readSelectionBody(ResolveDto, body, 'invalid_resolve');
    if (request.resolution === 'keep') {
      return void reply.status(200).send(await this.conflicts.keep(caller, by, request));
    }
    if (request.dryRun) {
      return void reply.status(200).send(await this.conflicts.dryReplace(caller, request, goneOf(reply)));
    }
    const answer = await this.conflicts.replace(caller, by, request);
    void reply.header('location', `/api/v1/admin/reprocess/${answer.reprocessId}`).status(202).send(answer);
  }
}
