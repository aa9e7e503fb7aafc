import { Body, Controller, Param, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { ByCaller, type ChangedBy } from '../../admin/index.js';
import { Allow, type Caller, CurrentCaller } from '../../auth/index.js';
import { ApiProblems } from '../../common/index.js';
import { type SeededKeys, UsageKeysService } from './usage-keys.service.js';

@Controller('api/v1/feeds/:feed/usage-keys')
export class UsageKeysController {
  constructor(private readonly keys: UsageKeysService) {}

  @Put()
  @Allow('implementer')
  @ApiOperation({
    summary: 'Seed usage keys that were billed elsewhere',
    description:
      '`{"usageKeys": [...]}`: objects with the fields of the feed\'s usage key, or of a key of one field the value ' +
      'alone; at most 10,000, all or nothing. Records with these keys are duplicates, reason `seeded`.',
  })
  @ApiProblems(403, 404, 409, 422)
  seed(
    @CurrentCaller() caller: Caller,
    @ByCaller() by: ChangedBy,
    @Param('feed') feed: string,
    @Body() body: unknown,
  ): Promise<SeededKeys> {
    return this.keys.seed(caller, by, feed, body);
  }
}
