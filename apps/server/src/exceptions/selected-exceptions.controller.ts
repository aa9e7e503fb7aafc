import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ByCaller, type ChangedBy } from '../admin/index.js';
import { Allow, type Caller, CurrentCaller } from '../auth/index.js';
import { ApiProblems, readQuery } from '../common/index.js';
import { CorrectManyDto, CorrectManyView } from './correct-many.dto.js';
import { CorrectManyService } from './correct-many.service.js';
import { StateChangeDto, StateChangeView } from './state-change.dto.js';
import { StatesService, readStateRequest } from './states.service.js';

@ApiTags('Exceptions')
@Allow('operator')
@Controller('api/v1/exceptions')
export class SelectedExceptionsController {
  constructor(
    private readonly states: StatesService,
    private readonly corrections: CorrectManyService,
  ) {}

  @Post('correct')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Correct many records by one JSONata expression',
    description:
      'Of at most 10,000 exceptions those that are open get a new revision, all in one transaction; those that the ' +
      'expression fails on stay as they are, and are counted. `dryRun` shows what would become of them first.',
  })
  @ApiBody({ type: CorrectManyDto })
  @ApiOkResponse({ type: CorrectManyView })
  @ApiProblems(400, 403, 410, 422)
  correct(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Body() body: unknown,
    @Query() query: unknown,
  ): Promise<CorrectManyView> {
    readQuery(query, {});
    return this.corrections.correct(caller, by, body);
  }

  @Post('discard')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Discard exceptions that nobody will mend',
    description:
      'All or none of at most 100,000. What is discarded holds its usage key no longer: the same record, posted again, ' +
      'is usage or an exception of its own. It can be taken back by reopening.',
  })
  @ApiBody({ type: StateChangeDto })
  @ApiOkResponse({ type: StateChangeView })
  @ApiProblems(400, 403, 422)
  discard(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Body() body: unknown,
    @Query() query: unknown,
  ): Promise<StateChangeView> {
    readQuery(query, {});
    return this.states.discard(caller, by, readStateRequest(body));
  }

  @Post('reopen')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Open discarded exceptions again',
    description:
      'All or none of at most 100,000. Each holds its usage key again, unless another exception waits for that by now.',
  })
  @ApiBody({ type: StateChangeDto })
  @ApiOkResponse({ type: StateChangeView })
  @ApiProblems(400, 403, 422)
  reopen(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Body() body: unknown,
    @Query() query: unknown,
  ): Promise<StateChangeView> {
    readQuery(query, {});
    return this.states.reopen(caller, by, readStateRequest(body));
  }
}
