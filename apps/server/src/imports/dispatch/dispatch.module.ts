import { BullModule, getQueueToken } from '@nestjs/bull';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Queue } from 'bull';
import type { Settings } from '../../common/index.js';
import { BullDoorbell, CHUNK_QUEUE } from './bull-doorbell.js';
import { Dispatcher } from './dispatcher.js';
import { DOORBELL } from './doorbell.js';
import { LocalDoorbell } from './local-doorbell.js';

/** Bull where there is Redis, else the same window in process. */
@Module({})
export class DispatchModule {
  static for(settings: Settings): DynamicModule {
    const queue = settings.redisUrl
      ? [
          BullModule.registerQueue({
            name: CHUNK_QUEUE,
            url: settings.redisUrl,
            prefix: settings.queuePrefix,
            redis: {
              maxRetriesPerRequest: null,
              enableReadyCheck: false,
              retryStrategy: (times) => Math.min(times * 100, 1000),
            },
            // A chunk that is delivered twice is claimed once, in Postgres: Bull need not be careful. It must
            // be quick to drop the job of a worker that died before its claim: until then the same job id is ignored.
            settings: { lockDuration: 10_000, stalledInterval: 5000, maxStalledCount: 0 },
          }),
        ]
      : [];
    const doorbell = settings.redisUrl
      ? {
          provide: DOORBELL,
          inject: [getQueueToken(CHUNK_QUEUE)],
          useFactory: (q: Queue) => new BullDoorbell(q),
        }
      : { provide: DOORBELL, useClass: LocalDoorbell };
    return {
      module: DispatchModule,
      imports: queue,
      providers: [doorbell, Dispatcher],
      exports: [DOORBELL, Dispatcher, ...queue],
    };
  }
}
