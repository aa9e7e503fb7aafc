import { Controller, Get, Header, type OnModuleInit } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { collectDefaultMetrics, register } from 'prom-client';
import { AllFeeds, Allow, READERS } from '../../auth/index.js';
import { ApiProblems } from '../../common/index.js';

/** Metrics of the default process collection, to tell whether it runs already. */
const A_DEFAULT_METRIC = 'process_cpu_user_seconds_total';

@ApiTags('Operations')
@Allow(...READERS)
@AllFeeds()
@Controller('metrics')
export class MetricsController implements OnModuleInit {
  onModuleInit(): void {
    if (!register.getSingleMetric(A_DEFAULT_METRIC)) collectDefaultMetrics();
  }

  @Get()
  @Header('content-type', register.contentType)
  @ApiOperation({
    summary: 'Metrics for Prometheus',
    description:
      'Names of feeds and codes of exceptions are business: a key of role viewer or better, for all feeds, is needed.',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiProblems(401, 403)
  metrics(): Promise<string> {
    return register.metrics();
  }
}
