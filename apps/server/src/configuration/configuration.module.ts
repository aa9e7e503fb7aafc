import { Module } from '@nestjs/common';
import { FeedsModule } from '../feeds/index.js';
import { ProfilesModule } from '../profiles/index.js';
import { ReferenceModule } from '../reference/index.js';
import { ConfigApplier } from './config-applier.js';
import { ConfigurationController } from './configuration.controller.js';
import { ConfigurationService } from './configuration.service.js';

@Module({
  imports: [ReferenceModule, ProfilesModule, FeedsModule],
  controllers: [ConfigurationController],
  providers: [ConfigApplier, ConfigurationService],
})
export class ConfigurationModule {}
