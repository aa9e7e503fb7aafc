import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProfilesModule } from '../profiles/index.js';
import { ConfiguredFeeds } from './configured-feeds.js';
import { FeedChanges } from './feed-changes.js';
import { FeedChecks } from './feed-checks.js';
import { FeedReader } from './feed-reader.js';
import { FeedEntity, KeyScopeEntity } from './feed.entity.js';
import { FeedsController } from './feeds.controller.js';
import { FeedsService } from './feeds.service.js';

@Module({
  imports: [ProfilesModule, TypeOrmModule.forFeature([FeedEntity, KeyScopeEntity])],
  controllers: [FeedsController],
  providers: [FeedReader, FeedChecks, FeedsService, FeedChanges, ConfiguredFeeds],
  exports: [FeedsService, ConfiguredFeeds],
})
export class FeedsModule {}
