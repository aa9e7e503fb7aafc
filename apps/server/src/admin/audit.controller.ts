import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Allow } from '../auth/index.js';
import { ApiPageOf, ApiParameters, ApiProblems, type Page, readQuery } from '../common/index.js';
import { AUDIT_FILTERS, AuditLog, AuditView } from './audit-log.service.js';

@Allow('admin')
@Controller('api/v1/admin/audit')
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @ApiOperation({ summary: 'List who changed what, newest first' })
  @ApiParameters(AUDIT_FILTERS)
  @ApiPageOf(AuditView)
  @ApiProblems(400, 403)
  list(@Query() query: unknown): Promise<Page<AuditView>> {
    return this.audit.list(readQuery(query, AUDIT_FILTERS));
  }
}
