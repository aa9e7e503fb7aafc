import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import {
  ApiPageOf,
  ApiParameters,
  ApiProblems,
  LIST_PARAMETERS,
  type Page,
  readQuery,
} from '../common/index.js';
import { BlockView } from './retention-view.js';
import { RetentionService } from './retention.service.js';

@Allow(...READERS)
@Controller('api/v1/admin/retention')
export class RetentionController {
  constructor(private readonly retention: RetentionService) {}

  @Get()
  @ApiOperation({
    summary: 'List what is kept and when it leaves, newest first',
    description:
      'By blocks of imports whose bodies, exceptions and usage leave together. A key limited to feeds sees theirs.',
  })
  @ApiParameters(LIST_PARAMETERS)
  @ApiPageOf(BlockView)
  @ApiProblems(400, 403)
  list(@CurrentCaller() caller: Caller, @Query() query: unknown): Promise<Page<BlockView>> {
    return this.retention.list(caller, readQuery(query, LIST_PARAMETERS));
  }
}
