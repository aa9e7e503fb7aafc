import { Body, Controller, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller } from '../auth/index.js';
import { ApiProblems, goneOf, readQuery } from '../common/index.js';
import { readSelectionBody } from '../exceptions/index.js';
import { ApiReprocessing, answerStarted } from './answer-started.js';
import { ResolveDto, ResolveService } from './resolve.service.js';

@ApiTags('Exceptions')
@Allow('operator')
@Controller('api/v1/exceptions/resolve')
export class ResolveController {
  constructor(private readonly conflicts: ResolveService) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Resolve conflicts of usage keys',
    description:
      '`replace` reverses the live entry and stores this one: a reprocessing, followed as any. `keep` discards this one, and is ' +
      'done with the answer (200: `matched`, `changed`, `ineligible`).',
  })
  @ApiBody({ type: ResolveDto })
  @ApiReprocessing()
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
    answerStarted(reply, answer);
  }
}
