import { Module } from '@nestjs/common';
import { HistoryModule } from '../history/index.js';
import { ExceptionConditions } from './exception-filters.js';
import { ExceptionsController } from './exceptions.controller.js';
import { ExceptionsService } from './exceptions.service.js';
import { Selections } from './selections.js';

@Module({
  imports: [HistoryModule],
  controllers: [ExceptionsController],
  providers: [ExceptionConditions, ExceptionsService, Selections],
  exports: [ExceptionsService, Selections],
})
export class ExceptionsModule {}
