import { Module } from '@nestjs/common';
import { AdminModule } from '../../admin/index.js';
import { FeedsModule } from '../../feeds/index.js';
import { UsageKeysController } from './usage-keys.controller.js';
import { UsageKeysService } from './usage-keys.service.js';

/** Usage keys as implementers see them; for the roles `api` and `all`. */
@Module({
  imports: [AdminModule, FeedsModule],
  controllers: [UsageKeysController],
  providers: [UsageKeysService],
})
export class KeysModule {}
