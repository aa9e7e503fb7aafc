import { Module } from '@nestjs/common';
import { ChangeStore } from './change-store.js';
import { ConfiguredReference } from './configured-reference.js';
import { IdentifiersController } from './identifiers.controller.js';
import { IdentifiersService } from './identifiers.service.js';
import { RatePlansController } from './rate-plans.controller.js';
import { RatePlansService } from './rate-plans.service.js';
import { TablesController } from './tables.controller.js';
import { TablesService } from './tables.service.js';
import { UsageClassesController } from './usage-classes.controller.js';
import { UsageClassesService } from './usage-classes.service.js';

@Module({
  controllers: [IdentifiersController, RatePlansController, TablesController, UsageClassesController],
  providers: [
    ChangeStore,
    IdentifiersService,
    RatePlansService,
    TablesService,
    UsageClassesService,
    ConfiguredReference,
  ],
  exports: [ConfiguredReference],
})
export class ReferenceModule {}
