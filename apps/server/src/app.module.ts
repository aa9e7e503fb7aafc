import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AdminModule } from './admin/index.js';
import { AuthModule } from './auth/index.js';
import { ProblemFilter, type Settings, SettingsModule } from './common/index.js';
import { ConfigurationModule } from './configuration/index.js';
import { DatabaseModule } from './database/index.js';
import { ExceptionsModule } from './exceptions/index.js';
import { ExplainModule } from './explain/index.js';
import { FeedsModule } from './feeds/index.js';
import { HealingModule } from './healing/index.js';
import { HistoryModule } from './history/index.js';
import { ImportsModule } from './imports/index.js';
import { LogisenseModule } from './logisense/index.js';
import { OperationsModule } from './operations/index.js';
import { PeriodsModule } from './periods/index.js';
import { ProfilesModule } from './profiles/index.js';
import { ReferenceModule } from './reference/index.js';
import { OrphansJobModule, ReprocessingModule } from './reprocessing/index.js';
import { RetentionJobModule, RetentionModule } from './retention/index.js';
import { UsageModule } from './usage/index.js';

/** The modular monolith. A process of role `worker` serves health and metrics only. */
@Module({})
export class AppModule {
  static for(settings: Settings): DynamicModule {
    const imports = ImportsModule.for(settings);
    const api = [
      AdminModule,
      ReferenceModule,
      ProfilesModule,
      FeedsModule,
      PeriodsModule,
      ConfigurationModule,
      HistoryModule,
      UsageModule,
      ExceptionsModule,
      ExplainModule,
      RetentionModule,
      LogisenseModule.with(imports),
      ReprocessingModule.with(imports),
    ];
    return {
      module: AppModule,
      imports: [
        SettingsModule.with(settings),
        DatabaseModule,
        AuthModule,
        OperationsModule.for(settings),
        imports,
        ...(settings.role === 'api'
          ? []
          : [RetentionJobModule, HealingModule, OrphansJobModule.with(imports)]),
        ...(settings.role === 'worker' ? [] : api),
      ],
      providers: [{ provide: APP_FILTER, useClass: ProblemFilter }],
    };
  }
}
