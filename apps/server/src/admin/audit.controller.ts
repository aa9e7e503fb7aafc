import { Controller, Get, Query, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import { AllFeeds, Allow } from '../auth/index.js';
import { ApiPageOf, ApiParameters, ApiProblems, type Page, readQuery } from '../common/index.js';
import { AUDIT_EXPORT, AUDIT_LIST, AuditLog, AuditView } from './audit-log.service.js';

@Allow('admin')
@AllFeeds()
@Controller('api/v1/admin/audit')
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @ApiOperation({ summary: 'List who changed what, newest first' })
  @ApiParameters(AUDIT_LIST)
  @ApiPageOf(AuditView)
  @ApiProblems(400, 403)
  list(@Query() query: unknown): Promise<Page<AuditView>> {
    return this.audit.list(readQuery(query, AUDIT_LIST));
  }

  @Get('export')
  @ApiOperation({ summary: 'Download who changed what, newest first' })
  @ApiParameters(AUDIT_EXPORT)
  @ApiProduces('text/csv', 'application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  @ApiProblems(400, 403)
  export(@Query() query: unknown): Promise<StreamableFile> {
    return this.audit.export(readQuery(query, AUDIT_EXPORT));
  }
}
