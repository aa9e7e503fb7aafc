import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import { ApiPageOf, ApiParameters, ApiProblems, type Page, readQuery } from '../common/index.js';
import { ExceptionGroup, ExceptionView } from './exception-view.js';
import { EXCEPTION_LIST, ExceptionsService } from './exceptions.service.js';

@ApiTags('Exceptions')
@Allow('integrator', ...READERS)
@Controller('api/v1/exceptions')
export class ExceptionsController {
  constructor(private readonly exceptions: ExceptionsService) {}

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
}
