import { Module } from '@nestjs/common';
import { FeedsModule } from '../feeds/index.js';
import { ImportsController } from './imports.controller.js';
import { ImportsService } from './imports.service.js';
import { NamedFeeds } from './named-feeds.js';
import { RecordsService } from './records.service.js';
import { SourceService } from './source.service.js';

@Module({
  imports: [FeedsModule],
  controllers: [ImportsController],
  providers: [NamedFeeds, ImportsService, RecordsService, SourceService],
  exports: [NamedFeeds, ImportsService],
})
export class HistoryModule {}
