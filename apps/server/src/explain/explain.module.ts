import { Module } from '@nestjs/common';
import { ExceptionsModule } from '../exceptions/index.js';
import { FeedsModule } from '../feeds/index.js';
import { HistoryModule } from '../history/index.js';
import { ProfilesModule } from '../profiles/index.js';
import { RetentionModule } from '../retention/index.js';
import { UsageModule } from '../usage/index.js';
import { ExplainChild } from './explain-child.js';
import { ExplainController } from './explain.controller.js';
import { ExplainService } from './explain.service.js';
import { PreviewController } from './preview.controller.js';
import { PreviewService } from './preview.service.js';

@Module({
  imports: [ExceptionsModule, FeedsModule, HistoryModule, ProfilesModule, RetentionModule, UsageModule],
  controllers: [ExplainController, PreviewController],
  providers: [ExplainChild, ExplainService, PreviewService],
})
export class ExplainModule {}
