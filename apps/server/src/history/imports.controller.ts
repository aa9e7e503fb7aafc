import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import { ApiPageOf, ApiParameters, ApiProblems, type Page, readQuery } from '../common/index.js';
import { ImportView } from './import-view.js';
import { IMPORT_LIST, ImportsService } from './imports.service.js';
import { RecordHistory, RecordView } from './record-view.js';
import { RECORD_FILTERS, RecordsService } from './records.service.js';
import { SourceService } from './source.service.js';

@ApiTags('History')
@Allow('integrator', ...READERS)
@Controller('api/v1/imports')
export class ImportsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly records: RecordsService,
    private readonly sources: SourceService,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List imports, newest first',
    description: 'An integrator sees what its own key sent.',
  })
  @ApiParameters(IMPORT_LIST)
  @ApiPageOf(ImportView)
  @ApiProblems(400, 403)
  list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<ImportView>> {
    return this.imports.list(caller, readQuery(query, IMPORT_LIST));
  }

  @Get(':trackingId')
  @ApiOperation({ summary: 'Show an import, its counts and where its records stand' })
  @ApiOkResponse({ type: ImportView })
  @ApiProblems(403, 404)
  get(
    @CurrentCaller() caller: Caller,
    @Param('trackingId') trackingId: string,
    @Query() query: unknown,
  ): Promise<ImportView> {
    readQuery(query, {});
    return this.imports.get(caller, trackingId);
  }

  @Get(':trackingId/records')
  @ApiOperation({ summary: 'List the verdict of every record, in the order sent' })
  @ApiParameters(RECORD_FILTERS)
  @ApiPageOf(RecordView)
  @ApiProblems(400, 403, 404)
  listRecords(
    @CurrentCaller() caller: Caller,
    @Param('trackingId') trackingId: string,
    @Query() query: unknown,
  ): Promise<Page<RecordView>> {
    return this.records.list(caller, trackingId, readQuery(query, RECORD_FILTERS));
  }

  @Get(':trackingId/records/:index')
  @ApiOperation({ summary: 'Show the verdicts that a record has had' })
  @ApiOkResponse({ type: RecordHistory })
  @ApiProblems(403, 404)
  getRecord(
    @CurrentCaller() caller: Caller,
    @Param('trackingId') trackingId: string,
    @Param('index') index: string,
    @Query() query: unknown,
  ): Promise<RecordHistory> {
    readQuery(query, {});
    return this.records.history(caller, trackingId, index);
  }

  @Get(':trackingId/source')
  @ApiOperation({ summary: 'Download the body as received, decompressed', description: 'Not for viewers.' })
  @ApiProduces(
    'application/json',
    'text/csv',
    'application/x-ndjson',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
  )
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @ApiProblems(403, 404, 410)
  async getSource(
    @CurrentCaller() caller: Caller,
    @Param('trackingId') trackingId: string,
    @Query() query: unknown,
  ): Promise<StreamableFile> {
    readQuery(query, {});
    const { contentType, fileName, body } = await this.sources.open(caller, trackingId);
    return new StreamableFile(body, { type: contentType, disposition: `attachment; filename="${fileName}"` });
  }
}
