import { Module } from '@nestjs/common';
import { ChangeStore } from './change-store.js';
import { ConfiguredReference } from './configured-reference.js';
import { IdentifiersController } from './identifiers.controller.js';
import { IdentifiersService } from './identifiers.service.js';
import { RatePlansController } from './rate-plans.controller.js';
import { RatePlansService } from './rate-plans.service.js';

@Module({
  controllers: [IdentifiersController, RatePlansController],
  providers: [ChangeStore, IdentifiersService, RatePlansService, ConfiguredReference],
  exports: [ConfiguredReference],
})
export class ReferenceModule {}
