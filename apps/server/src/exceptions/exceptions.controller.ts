import { Body, Controller, Get, Headers, Param, Patch, Query, type StreamableFile } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import {
  ApiPageOf,
  ApiParameters,
  ApiProblems,
  LIST_PARAMETERS,
  type Page,
  RawBody,
  readQuery,
} from '../common/index.js';
import { readExactBody } from '../imports/index.js';
import { CorrectOneDto } from './correct-one.dto.js';
import { AttemptView, ExceptionHistory, RevisionView } from './exception-history.js';
import { ExceptionGroup, ExceptionView } from './exception-view.js';
import { EXCEPTION_EXPORT, EXCEPTION_LIST, ExceptionsService } from './exceptions.service.js';
import { RevisionsService } from './revisions.service.js';

@ApiTags('Exceptions')
@Allow('integrator', ...READERS)
@Controller('api/v1/exceptions')
export class ExceptionsController {
  constructor(
    private readonly exceptions: ExceptionsService,
    private readonly history: ExceptionHistory,
    private readonly revisions: RevisionsService,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List exceptions, newest first',
    description:
      'An integrator sees those of what its own key sent; viewers see identifiers and raw records masked.',
  })
  @ApiParameters(EXCEPTION_LIST)
  @ApiPageOf(ExceptionView)
  @ApiProblems(400, 403)
  list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<ExceptionView>> {
    return this.exceptions.list(caller, readQuery(query, EXCEPTION_LIST));
  }

  @Get('groups')
  @ApiOperation({ summary: 'Count exceptions by cause, the latest seen first' })
  @ApiParameters(EXCEPTION_LIST)
  @ApiPageOf(ExceptionGroup)
  @ApiProblems(400, 403)
  groups(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<ExceptionGroup>> {
    return this.exceptions.groups(caller, readQuery(query, EXCEPTION_LIST));
  }

  @Get('export')
  @ApiOperation({
    summary: 'Download exceptions, newest first',
    description: 'All that the filters leave; visible and masked as the list is.',
  })
  @ApiParameters(EXCEPTION_EXPORT)
  @ApiProduces('text/csv', 'application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @ApiProblems(400, 403)
  export(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<StreamableFile> {
    return this.exceptions.export(caller, readQuery(query, EXCEPTION_EXPORT));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show an exception' })
  @ApiOkResponse({ type: ExceptionView })
  @ApiProblems(403, 404, 410)
  get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<ExceptionView> {
    readQuery(query, {});
    return this.exceptions.get(caller, id);
  }

  @Patch(':id')
  @RawBody()
  @Allow('operator')
  @ApiOperation({
    summary: 'Correct what was sent',
    description:
      'Writes a new revision, which is what is reprocessed; what was sent stays as it is. Numbers are kept as they are ' +
      'written. The exception stays open until it is reprocessed.',
  })
  @ApiBody({ type: CorrectOneDto })
  @ApiOkResponse({ type: ExceptionView })
  @ApiProblems(400, 403, 404, 409, 410, 415, 422)
  correct(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Param('id') id: string,
    @Headers('content-type') contentType: string | undefined,
    @Body() body: unknown,
    @Query() query: unknown,
  ): Promise<ExceptionView> {
    readQuery(query, {});
    return this.revisions.correct(caller, by, id, readExactBody(body, contentType));
  }

  @Get(':id/revisions')
  @ApiOperation({ summary: 'List what a record was and was changed to, newest first' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(RevisionView)
  @ApiProblems(400, 403, 404, 410)
  listRevisions(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<Page<RevisionView>> {
    return this.history.revisions(caller, id, readQuery(query, LIST_PARAMETERS));
  }

  @Get(':id/attempts')
  @ApiOperation({ summary: 'List how often a record was rejected, and why, newest first' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(AttemptView)
  @ApiProblems(400, 403, 404, 410)
  listAttempts(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: unknown,
  ): Promise<Page<AttemptView>> {
    return this.history.attempts(caller, id, readQuery(query, LIST_PARAMETERS));
  }
}
