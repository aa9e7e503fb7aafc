import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Allow, type Caller, CurrentCaller, READERS } from '../auth/index.js';
import { ApiProblems, readQuery } from '../common/index.js';
import { OrphansView } from './reprocess-view.js';
import { RevertService } from './revert.service.js';

@ApiTags('Corrections')
@Allow(...READERS)
@Controller('api/v1/admin/imports/:trackingId/orphans')
export class OrphansController {
  constructor(private readonly reverts: RevertService) {}

  @Get()
  @ApiOperation({
    summary: 'List what reverts of an import have orphaned',
    description:
      'Records of other imports that were duplicates of what is reverted by now, those that came while the revert ran ' +
      'too. What has been decided again, and whose usage key is in use again, is none any more.',
  })
  @ApiResponse({ status: 200, type: OrphansView })
  @ApiProblems(403, 404, 410, 422)
  list(
    @CurrentCaller() caller: Caller,
    @Param('trackingId') trackingId: string,
    @Query() query: unknown,
  ): Promise<OrphansView> {
    readQuery(query, {});
    return this.reverts.orphansOf(caller, trackingId);
  }
}
