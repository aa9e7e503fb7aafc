import { Module } from '@nestjs/common';
import { HistoryModule } from '../history/index.js';
import { PluginsModule } from '../plugins/index.js';
import { CorrectManyService } from './correct-many.service.js';
import { ExceptionConditions } from './exception-filters.js';
import { ExceptionHistory } from './exception-history.js';
import { ExceptionsController } from './exceptions.controller.js';
import { ExceptionsService } from './exceptions.service.js';
import { RevisionsService } from './revisions.service.js';
import { Selections } from './selections.js';
import { SelectedExceptionsController } from './selected-exceptions.controller.js';
import { StatesService } from './states.service.js';

@Module({
  imports: [HistoryModule, PluginsModule],
  controllers: [SelectedExceptionsController, ExceptionsController],
  providers: [
    CorrectManyService,
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
