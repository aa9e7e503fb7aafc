import {
  Body,
  Controller,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  applyDecorators,
} from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller } from '../auth/index.js';
import { ApiProblems, RawBody, goneOf, readQuery } from '../common/index.js';
import { readExactBody } from '../imports/index.js';
import { CorrectedUsage, CorrectionUnderWay } from './reprocess-view.js';
import { AmendDto, VoidDto, readAmend, readVoid } from './single-usage-request.js';
import { type SingleCorrection, SingleUsageService } from './single-usage.service.js';

/** What both routes answer; on the class it would give way to what a method is taken to answer. */
const ApiCorrected = () =>
  applyDecorators(
    ApiResponse({ status: 200, type: CorrectedUsage }),
    ApiResponse({ status: 202, type: CorrectionUnderWay, description: 'Not done within 10 seconds.' }),
  );

@ApiTags('Corrections')
@Allow('operator')
@Controller('api/v1/usage/:id')
export class SingleUsageController {
  constructor(private readonly usage: SingleUsageService) {}

  @Post('void')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Take one usage record back',
    description:
      'All parts of the record. Sent again it is a duplicate, reason `voided`, unless `releaseKey` was given.',
  })
  @ApiBody({ type: VoidDto })
  @ApiCorrected()
  @ApiProblems(400, 403, 404, 409, 410, 422)
  async void(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Param('id') id: string,
    @Body() body: unknown,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    readQuery(query, {});
    answer(reply, await this.usage.void(caller, by, id, readVoid(body), goneOf(reply)));
  }

  @Post('amend')
  @HttpCode(200)
  @RawBody()
  @ApiOperation({
    summary: 'Change one usage record',
    description:
      'All parts of the record, through the published profile. A changed usage key is 422 `usage_key_changed`; what the ' +
      'profile rejects is 422 with the code of the rejection, what it skips 422 `amend_skipped`; none stores anything.',
  })
  @ApiBody({ type: AmendDto })
  @ApiCorrected()
  @ApiProblems(400, 403, 404, 409, 410, 422, 429, 503)
  async amend(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Param('id') id: string,
    @Headers('content-type') contentType: string | undefined,
    @Body() body: unknown,
    @Query() query: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    readQuery(query, {});
    const request = readAmend(readExactBody(body, contentType));
    answer(reply, await this.usage.amend(caller, by, id, request, goneOf(reply)));
  }
}

function answer(reply: FastifyReply, { trackingId, outcome }: SingleCorrection): void {
  if (outcome) return void reply.status(200).send(outcome);
  void reply.status(202).header('location', `/api/v1/imports/${trackingId}`).send({ trackingId });
}
