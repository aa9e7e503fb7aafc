import { Module } from '@nestjs/common';
import { Audit } from '../admin/index.js';
import { HealingJob } from './healing-job.js';

/** For the roles `worker` and `all`. */
@Module({ providers: [Audit, HealingJob] })
export class HealingModule {}
