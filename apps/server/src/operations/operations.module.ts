import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from '../common/index.js';
import { ApiDescription } from './api-docs/api-description.js';
import { ApiDocsController } from './api-docs/api-docs.controller.js';
import { ChunkQueue } from './chunk-queue.js';
import { FeedArrivals } from './feed-arrivals.js';
import { HealthController } from './health/health.controller.js';
import { ReadinessService } from './health/readiness.js';
import { HttpConventions } from './http-conventions.js';
import { BacklogGauges } from './metrics/backlog-gauges.js';
import { FeedGauges } from './metrics/feed-gauges.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { QueueBoard } from './queue-board/queue-board.js';

/** Health and metrics on every process; the API's description and the queue board where the API is. */
@Module({})
export class OperationsModule {
  static for(settings: Settings): DynamicModule {
    const hasApi = settings.role !== 'worker';
    return {
      module: OperationsModule,
      controllers: [HealthController, MetricsController, ...(hasApi ? [ApiDocsController] : [])],
      providers: [
        HttpConventions,
        ChunkQueue,
        ReadinessService,
        BacklogGauges,
        FeedArrivals,
        FeedGauges,
        ApiDescription,
        ...(hasApi ? [QueueBoard] : []),
      ],
    };
  }
}
