import { Module } from '@nestjs/common';
import { HistoryModule } from '../history/index.js';
import { ChangesService } from './changes.service.js';
import { TotalsService } from './totals.service.js';
import { UsageController } from './usage.controller.js';
import { UsageService } from './usage.service.js';

@Module({
  imports: [HistoryModule],
  controllers: [UsageController],
  providers: [UsageService, ChangesService, TotalsService],
  exports: [UsageService],
})
export class UsageModule {}
