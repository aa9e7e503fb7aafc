import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
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
import { ChangeAnswer } from './change-answer.js';
import { TABLE_CSV_PARAMETERS, TABLE_FILTERS } from './reference-queries.js';
import { TABLE_ROW_SCHEMA, type TableRowView, TableView } from './table-view.js';
import { TablesService, type WrittenTable } from './tables.service.js';
import { csvTable, isTextBody, listRows, membersOf, requireFew } from './written-rows.js';

@ApiTags('Reference data')
@Controller('api/v1/tables')
export class TablesController {
  constructor(private readonly tables: TablesService) {}

  @Get()
  @Allow(...READERS)
  @ApiOperation({ summary: 'List the tables for look-ups' })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(TableView)
  @ApiProblems(400, 403)
  list(@Query() query: unknown): Promise<Page<TableView>> {
    return this.tables.list(readQuery(query, LIST_PARAMETERS));
  }

  @Get(':name')
  @Allow(...READERS)
  @ApiOperation({
    summary: 'Show a table and its rows',
    description: 'Rows as they are put: cells by column, null where empty, and the validity.',
  })
  @ApiParameters(TABLE_FILTERS)
  @ApiPageOf(TABLE_ROW_SCHEMA, TableView)
  @ApiProblems(400, 403, 404)
  get(@Param('name') name: string, @Query() query: unknown): Promise<TableView & Page<TableRowView>> {
    return this.tables.get(name, readQuery(query, TABLE_FILTERS));
  }

  @Put(':name')
  @Allow('implementer')
  @ApiOperation({
    summary: 'Create or change a table and its rows',
    description:
      'JSON: `{"key": ["prefix"], "rows": [{"prefix": "+44", "destination": "UK", "validFrom": "2026-01-01"}]}`, CSV: a ' +
      'header line and rows. All cells are texts; `validFrom` and `validTo` may be left out. A row is known by the ' +
      'columns of the key and validFrom; validities of one key that overlap are refused. At most 10,000 rows, all or ' +
      'nothing. The key of a table never changes (409 `key_fixed`); a table holds at most 200,000 rows.',
  })
  @Takes('application/json', 'text/csv')
  @ApiParameters(TABLE_CSV_PARAMETERS)
  @ApiOkResponse({ type: ChangeAnswer })
  @ApiProblems(400, 403, 409, 415, 422)
  upsert(
    @ByCaller() by: ChangedBy,
    @Param('name') name: string,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<ChangeAnswer> {
    return this.tables.upsert(by, name, toWritten(query, body));
  }

  @Delete(':name')
  @Allow('implementer')
  @ApiOperation({
    summary: 'End rows of a table',
    description:
      'Takes the same rows; columns that are not in the key may be left out. The table itself stays.',
  })
  @Takes('application/json', 'text/csv')
  @ApiParameters(TABLE_CSV_PARAMETERS)
  @ApiOkResponse({ type: ChangeAnswer })
  @ApiProblems(400, 403, 404, 409, 415, 422)
  remove(
    @ByCaller() by: ChangedBy,
    @Param('name') name: string,
    @Query() query: unknown,
    @Body() body: unknown,
  ): Promise<ChangeAnswer> {
    return this.tables.remove(by, name, toWritten(query, body));
  }
}

function toWritten(query: unknown, body: unknown): WrittenTable {
  const parameters = readQuery(query, TABLE_CSV_PARAMETERS);
  const problems: ProblemDetail[] = [];
  const named = parameters.key?.split(',');
  if (isTextBody(body)) {
    const { columns, rows } = csvTable(body.text, problems);
    return {
      key: named,
      columns,
      rows: requireFew(rows),
      timeZone: parameters.timeZone,
      problems,
    };
  }
  const {
    key = named,
    timeZone = parameters.timeZone,
    rows,
  } = membersOf(body, ['key', 'timeZone', 'rows'], problems);
  return { key, rows: requireFew(listRows(rows, 'rows', problems)), timeZone, problems };
}
