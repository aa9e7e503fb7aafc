import { type DynamicModule, Module } from '@nestjs/common';
import { FeedsModule } from '../../feeds/index.js';
import { DryRunService } from '../dry-run/dry-run.service.js';
import { AcceptController } from './accept.controller.js';
import { AcceptService } from './accept.service.js';
import { Backlog } from './backlog.js';
import { ExpiredKeys } from './expired-keys.js';
import { HeldAnswers } from './held-answers.js';
import { ImportEnds } from './import-ends.js';
import { ImportWriter } from './import-writer.js';
import { IncomingPosts } from './incoming.js';
import { RateLimit } from './rate-limit.js';

/** Taking usage in; for the roles `api` and `all`. */
@Module({})
export class AcceptModule {
  static with(dispatch: DynamicModule): DynamicModule {
    return {
      module: AcceptModule,
      imports: [dispatch, FeedsModule],
      controllers: [AcceptController],
      providers: [
        AcceptService,
        Backlog,
        DryRunService,
        ExpiredKeys,
        HeldAnswers,
        ImportEnds,
        ImportWriter,
        IncomingPosts,
        RateLimit,
      ],
      exports: [AcceptService, ImportEnds],
    };
  }
}
