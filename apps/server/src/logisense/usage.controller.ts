import { Controller, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Allow, type Caller, CurrentCaller } from '../auth/index.js';
import { RawBody, readQuery } from '../common/index.js';
import { AcceptService, toBuffer } from '../imports/index.js';
import { resourcePaths } from './paths.js';
import { toPostedAnswer } from './posted-answer.js';

/**
 * Posting usage as to LogiSense: `Usage/{feed}` for rows, `Usage/Json/{feed}` for one record,
 * `Usage/Json/Multi/{feed}` for several. The body is read as on the native route, by the feed's format.
 */
@ApiExcludeController()
@Controller(resourcePaths('DataImport/Usage'))
export class LogisenseUsageController {
  constructor(private readonly service: AcceptService) {}

  @Post([':feed', 'Json/:feed', 'Json/Multi/:feed'])
  @RawBody('application/json')
  @Allow('integrator')
  async post(
    @Param('feed') feed: string,
    @Query() query: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    readQuery(query, {});
    const { headers } = request;
    const accepted = await this.service.acceptByAnyName({
      caller,
      feed,
      headers,
      body: toBuffer(request.body),
    });
    if (accepted.isReplay) void reply.header('idempotency-replayed', 'true');
    void reply.status(200).send(toPostedAnswer(accepted.trackingId, accepted.feed.id));
  }
}
