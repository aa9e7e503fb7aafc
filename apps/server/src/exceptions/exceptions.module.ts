import { Module } from '@nestjs/common';
import { HistoryModule } from '../history/index.js';
import { ExceptionConditions } from './exception-filters.js';
import { ExceptionHistory } from './exception-history.js';
import { ExceptionsController } from './exceptions.controller.js';
import { ExceptionsService } from './exceptions.service.js';
import { RevisionsService } from './revisions.service.js';
import { Selections } from './selections.js';
import { StatesController } from './states.controller.js';
import { StatesService } from './states.service.js';

@Module({
  imports: [HistoryModule],
  controllers: [StatesController, ExceptionsController],
  providers: [
    ExceptionConditions,
    ExceptionHistory,
    ExceptionsService,
    RevisionsService,
    Selections,
    StatesService,
  ],
  exports: [ExceptionsService, Selections, StatesService],
})
export class ExceptionsModule {}
