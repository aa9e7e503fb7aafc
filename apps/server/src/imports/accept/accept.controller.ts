import { Controller, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Allow, type Caller, CurrentCaller } from '../../auth/index.js';
import { ApiParameters, RawBody, booleanParameter, goneOf, readQuery } from '../../common/index.js';
import { DryRunService } from '../dry-run/dry-run.service.js';
import { OFFERED_MEDIA_TYPES } from '../envelope/index.js';
import { DescribeAccept } from './accept.openapi.js';
import { AcceptService } from './accept.service.js';
import { HeldAnswers } from './held-answers.js';
import { readWait } from './prefer.js';

const POST_PARAMETERS = {
  dryRun: booleanParameter('Says what would become of at most 100 records, and stores nothing.'),
};

@Controller('api/v1/feeds/:feed/usage')
export class AcceptController {
  constructor(
    private readonly service: AcceptService,
    private readonly held: HeldAnswers,
    private readonly dryRuns: DryRunService,
  ) {}

  @Post()
  @HttpCode(202)
  @RawBody(...OFFERED_MEDIA_TYPES)
  @Allow('integrator')
  @ApiParameters(POST_PARAMETERS)
  @DescribeAccept()
  async accept(
    @Param('feed') feed: string,
    @Query() query: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { dryRun } = readQuery(query, POST_PARAMETERS);
    const { headers } = request;
    const post = { caller, feed, headers, body: toBuffer(request.body) };
    if (dryRun) {
      void reply.status(200).send(await this.dryRuns.run(post, goneOf(reply)));
      return;
    }
    const wait = readWait(headers.prefer);
    let accepted = await this.service.accept(post);
    if (wait !== null && this.held.areTaken) {
      void reply.header('preference-applied', `wait=${wait}`);
      accepted = await this.held.hold(accepted, wait, goneOf(reply));
    }
    const { trackingId, status, counts, isReplay } = accepted;
    const { id, name, apiName } = accepted.feed;
    const location = `/api/v1/imports/${trackingId}`;
    void reply.status(202).header('location', location);
    if (isReplay) void reply.header('idempotency-replayed', 'true');
    void reply.send({ trackingId, feed: { id, name, apiName }, status, counts, links: { import: location } });
  }
}

/** The body as received; a request without one has an empty body. */
export function toBuffer(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
