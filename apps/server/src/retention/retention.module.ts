import { Module } from '@nestjs/common';
import { Audit } from '../admin/index.js';
import { KeptFacts } from './kept-facts.js';
import { RetentionJob } from './retention-job.js';
import { RetentionController } from './retention.controller.js';
import { RetentionService } from './retention.service.js';

/** What has left, and what leaves when; for the roles `api` and `all`. */
@Module({
  controllers: [RetentionController],
  providers: [KeptFacts, RetentionService],
  exports: [KeptFacts],
})
export class RetentionModule {}

/** Has facts leave; for the roles `worker` and `all`. */
@Module({ providers: [Audit, RetentionJob] })
export class RetentionJobModule {}
