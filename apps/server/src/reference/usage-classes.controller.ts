import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, READERS } from '../auth/index.js';
import {
  ApiPageOf,
  ApiParameters,
  ApiProblems,
  LIST_PARAMETERS,
  type Page,
  type ProblemDetail,
  Takes,
  readQuery,
} from '../common/index.js';
import { ClassesAnswer, UsageClassView } from './usage-class-view.js';
import { UsageClassesService } from './usage-classes.service.js';
import { csvRows, isTextBody, listRows, requireFew } from './written-rows.js';

@ApiTags('Reference data')
@Controller('api/v1/usage-classes')
export class UsageClassesController {
  constructor(private readonly classes: UsageClassesService) {}

  @Get()
  @Allow(...READERS)
  @ApiOperation({ summary: 'List usage classes and their units' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(UsageClassView)
  @ApiProblems(400, 403)
  list(@Query() query: unknown): Promise<Page<UsageClassView>> {
    return this.classes.list(readQuery(query, LIST_PARAMETERS));
  }

  @Put()
  @Allow('implementer')
  @ApiOperation({
    summary: 'Create or change usage classes',
    description:
      'A list of `{name, unit, taxCategory?}`, at most 10,000, all or nothing. A unit that was said once is fixed: ' +
      'totals of the past are not to be read in another.',
  })
  @Takes('application/json', 'text/csv')
  @ApiOkResponse({ type: ClassesAnswer })
  @ApiProblems(400, 403, 409, 415, 422)
  upsert(@ByCaller() by: ChangedBy, @Query() query: unknown, @Body() body: unknown): Promise<ClassesAnswer> {
    readQuery(query, {});
    const problems: ProblemDetail[] = [];
    const rows = isTextBody(body) ? csvRows(body.text, problems) : listRows(body, '', problems);
    return this.classes.upsert(by, { rows: requireFew(rows), problems });
  }
}
