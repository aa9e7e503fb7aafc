import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PluginsModule } from '../plugins/index.js';
import { ConfiguredProfiles } from './configured-profiles.js';
import { ProfileChecks } from './profile-checks.js';
import { ProfileEntity, ProfileVersionEntity } from './profile.entity.js';
import { ProfilesController } from './profiles.controller.js';
import { ProfilesService } from './profiles.service.js';

@Module({
  imports: [PluginsModule, TypeOrmModule.forFeature([ProfileEntity, ProfileVersionEntity])],
  controllers: [ProfilesController],
  providers: [ProfilesService, ProfileChecks, ConfiguredProfiles],
  exports: [ProfilesService, ProfileChecks, ConfiguredProfiles],
})
export class ProfilesModule {}
