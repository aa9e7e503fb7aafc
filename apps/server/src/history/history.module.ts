import { Module } from '@nestjs/common';
import { FeedsModule } from '../feeds/index.js';
import { RetentionModule } from '../retention/index.js';
import { ImportsController } from './imports.controller.js';
import { ImportsService } from './imports.service.js';
import { NamedFeeds } from './named-feeds.js';
import { NumberedImportsService } from './numbered-imports.service.js';
import { RecordSearchService } from './record-search.service.js';
import { RecordsController } from './records.controller.js';
import { RecordsService } from './records.service.js';
import { SourceService } from './source.service.js';

@Module({
  imports: [FeedsModule, RetentionModule],
  controllers: [ImportsController, RecordsController],
  providers: [
    NamedFeeds,
    ImportsService,
    NumberedImportsService,
    RecordsService,
    RecordSearchService,
    SourceService,
  ],
  exports: [NamedFeeds, ImportsService, NumberedImportsService, RecordsService],
})
export class HistoryModule {}
