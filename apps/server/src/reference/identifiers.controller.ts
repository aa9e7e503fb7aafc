import { Body, Controller, Delete, Get, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import {
  ApiPageOf,
  ApiParameters,
  ApiProblems,
  type Page,
  type ProblemDetail,
  Takes,
  readQuery,
} from '../common/index.js';
import { ChangeAnswer } from './change-answer.js';
import { IdentifierView } from './identifier-view.js';
import { IdentifiersService, type WrittenIdentifiers } from './identifiers.service.js';
import { CSV_PARAMETERS, IDENTIFIER_FILTERS } from './reference-queries.js';
import { readTimeZone } from './row-reader.js';
import { csvRows, isTextBody, listRows, membersOf, requireFew } from './written-rows.js';

@ApiTags('Reference data')
@Controller('api/v1/identifiers')
export class IdentifiersController {
  constructor(private readonly identifiers: IdentifiersService) {}

  @Get()
  @Allow(...READERS)
  @ApiOperation({ summary: 'List identifiers and whose they are', description: 'Masked for viewers.' })
  @ApiParameters(IDENTIFIER_FILTERS)
  @ApiPageOf(IdentifierView)
  @ApiProblems(400, 403)
  list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<IdentifierView>> {
    return this.identifiers.list(readQuery(query, IDENTIFIER_FILTERS), caller.role === 'viewer');
  }

  @Put()
  @Allow('implementer')
  @ApiOperation({
    summary: 'Create or change identifiers',
    description: 'A row is known by type, value and validFrom. At most 10,000 rows, all or nothing.',
  })
  @Takes('application/json', 'text/csv')
  @ApiParameters(CSV_PARAMETERS)
  @ApiOkResponse({ type: ChangeAnswer })
  @ApiProblems(400, 403, 415, 422)
  upsert(@ByCaller() by: ChangedBy, @Query() query: unknown, @Body() body: unknown): Promise<ChangeAnswer> {
    return this.identifiers.upsert(by, toWritten(query, body));
  }

  @Delete()
  @Allow('implementer')
  @ApiOperation({
    summary: 'End identifiers',
    description: 'Takes the same rows; the owner may be left out.',
  })
  @Takes('application/json', 'text/csv')
  @ApiParameters(CSV_PARAMETERS)
  @ApiOkResponse({ type: ChangeAnswer })
  @ApiProblems(400, 403, 415, 422)
  remove(@ByCaller() by: ChangedBy, @Query() query: unknown, @Body() body: unknown): Promise<ChangeAnswer> {
    return this.identifiers.remove(by, toWritten(query, body));
  }
}

function toWritten(query: unknown, body: unknown): WrittenIdentifiers {
  const parameters = readQuery(query, CSV_PARAMETERS);
  const problems: ProblemDetail[] = [];
  if (isTextBody(body)) {
    const timeZone = readTimeZone(parameters.timeZone, problems);
    return { rows: requireFew(csvRows(body.text, problems)), timeZone, problems };
  }
  const { identifiers, timeZone } = membersOf(body, ['identifiers', 'timeZone'], problems);
  return {
    rows: requireFew(listRows(identifiers, 'identifiers', problems)),
    timeZone: readTimeZone(timeZone ?? parameters.timeZone, problems),
    problems,
  };
}
