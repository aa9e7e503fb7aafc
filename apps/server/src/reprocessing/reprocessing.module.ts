import { type DynamicModule, Module } from '@nestjs/common';
import { Audit } from '../admin/index.js';
import { ExceptionsModule } from '../exceptions/index.js';
import { HistoryModule } from '../history/index.js';
import { RetentionModule } from '../retention/index.js';
import { ChosenBySelection } from './chosen-by-selection.js';
import { DryCorrections } from './dry-corrections.js';
import { OrphansController } from './orphans.controller.js';
import { OrphansJob } from './orphans-job.js';
import { ProgressService } from './progress.service.js';
import { ReasonCounts } from './reason-counts.js';
import { ReprocessController } from './reprocess.controller.js';
import { ReprocessingService } from './reprocessing.service.js';
import { ResolveController } from './resolve.controller.js';
import { ResolveService } from './resolve.service.js';
import { RevertController } from './revert.controller.js';
import { RevertService } from './revert.service.js';
import { SingleUsageController } from './single-usage.controller.js';
import { SingleUsageService } from './single-usage.service.js';

/** Corrections of what was imported; for the roles `api` and `all`. */
@Module({})
export class ReprocessingModule {
  /** @param imports the module that offers `Dispatcher` and `ImportEnds` */
  static with(imports: DynamicModule): DynamicModule {
    return {
      module: ReprocessingModule,
      imports: [imports, ExceptionsModule, HistoryModule, RetentionModule],
      controllers: [
        OrphansController,
        ReprocessController,
        ResolveController,
        RevertController,
        SingleUsageController,
      ],
      providers: [
        ChosenBySelection,
        DryCorrections,
        ProgressService,
        ReasonCounts,
        ReprocessingService,
        ResolveService,
        RevertService,
        SingleUsageService,
      ],
      exports: [ReprocessingService],
    };
  }
}

/** Finds what reverts have orphaned; for the roles `worker` and `all`. */
@Module({})
export class OrphansJobModule {
  /** @param imports the module that offers `Dispatcher` */
  static with(imports: DynamicModule): DynamicModule {
    return { module: OrphansJobModule, imports: [imports], providers: [Audit, OrphansJob] };
  }
}
