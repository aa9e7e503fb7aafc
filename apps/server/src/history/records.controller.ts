import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import { ApiPageOf, ApiParameters, ApiProblems, type Page, readQuery } from '../common/index.js';
import { SEARCH_PARAMETERS } from './record-search.js';
import { RecordSearchService } from './record-search.service.js';
import { FoundRecord } from './record-view.js';

@ApiTags('History')
@Allow('integrator', ...READERS)
@Controller('api/v1/records')
export class RecordsController {
  constructor(private readonly search: RecordSearchService) {}

  @Get()
  @ApiOperation({
    summary: 'Find a record in whatever became of it, newest first',
    description:
      'By `usageKey`: the record that holds the key and those that held it, exceptions, skipped and duplicate ones. ' +
      'By `identifier`: usage and exceptions; skipped and duplicate records keep their key alone. With both: what ' +
      'has both. Pending records are not found. `from` and `to` are when the import was submitted. What is found is ' +
      'all there is: a search that takes more than 5 seconds is 422 `query_too_broad`; name a feed or a shorter time.',
  })
  @ApiParameters(SEARCH_PARAMETERS)
  @ApiPageOf(FoundRecord)
  @ApiProblems(400, 403, 422)
  find(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<FoundRecord>> {
    return this.search.find(caller, readQuery(query, SEARCH_PARAMETERS));
  }
}
