import { Body, Controller, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Allow, type Caller, CurrentCaller } from '../auth/index.js';
import { ApiProblems, RawBody, goneOf, readQuery } from '../common/index.js';
import { readExactBody } from '../imports/index.js';
import { PreviewView } from './explain-view.js';
import { PreviewDto, readPreview } from './preview.dto.js';
import { PreviewService } from './preview.service.js';

@Controller('api/v1/profiles')
export class PreviewController {
  constructor(private readonly service: PreviewService) {}

  @Post(':name/preview')
  @HttpCode(200)
  @RawBody()
  @Allow('implementer')
  @ApiTags('Profiles')
  @ApiOperation({
    summary: 'Try a version of a profile on records',
    description:
      'Of each record: as decoded, behind each step with what changed and what the step looked at, and what it comes to, ' +
      'with the reference data of now. Nothing is stored, and usage keys are not asked whether they are live.',
  })
  @ApiBody({ type: PreviewDto })
  @ApiOkResponse({ type: PreviewView })
  @ApiProblems(400, 403, 404, 409, 415, 422, 429, 503)
  preview(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Headers('content-type') contentType: string | undefined,
    @Body() body: unknown,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PreviewView> {
    readQuery(query, {});
    const preview = readPreview(readExactBody(body, contentType));
    return this.service.preview(caller, name, preview, goneOf(reply));
  }
}
