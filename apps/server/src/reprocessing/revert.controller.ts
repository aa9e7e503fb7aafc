import { Body, Controller, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller } from '../auth/index.js';
import { ApiProblems, readQuery } from '../common/index.js';
import { DryRevertView, RevertAnswer } from './reprocess-view.js';
import { RevertDto, RevertService } from './revert.service.js';

@ApiTags('Corrections')
@ApiExtraModels(DryRevertView)
@Allow('operator')
@Controller('api/v1/admin/imports/:trackingId/revert')
export class RevertController {
  constructor(private readonly reverts: RevertService) {}

  @Post()
  @ApiOperation({
    summary: 'Take the usage of an import back',
    description:
      'All live usage of its records is reversed, whoever wrote it; their keys and the idempotency key are free again. ' +
      'To undo it, reprocess the import with `mode: all`. `reprocessOrphans` decides all duplicates again that it has orphaned ' +
      'when it has ended, those that come while it runs too.',
  })
  @ApiBody({ type: RevertDto })
  @ApiResponse({ status: 202, type: RevertAnswer })
  @ApiResponse({ status: 200, schema: { $ref: getSchemaPath(DryRevertView) }, description: 'Of a dry run.' })
  @ApiProblems(400, 403, 404, 409, 410, 422)
  async revert(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Param('trackingId') trackingId: string,
    @Body() body: unknown,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    readQuery(query, {});
    const request = this.reverts.readRequest(body);
    if (request.dryRun) {
      return void reply.status(200).send(await this.reverts.dryRun(caller, trackingId));
    }
    const answer = await this.reverts.revert(caller, by, trackingId, request);
    void reply.header('location', `/api/v1/imports/${answer.trackingId}`).status(202).send(answer);
  }
}
