import { Controller, Get, Header, type OnModuleInit } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { collectDefaultMetrics, register } from 'prom-client';
import { Allow, type Caller, CurrentCaller, READERS } from '../../auth/index.js';
import { ApiProblems, forbidden } from '../../common/index.js';

/** Metrics of the default process collection, to tell whether it runs already. */
const A_DEFAULT_METRIC = 'process_cpu_user_seconds_total';

@ApiTags('Operations')
@Allow(...READERS)
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
  metrics(@CurrentCaller() caller: Caller): Promise<string> {
    if (caller.feeds) throw forbidden('Metrics speak of all feeds, and this key is limited to some.');
    return register.metrics();
  }
}
