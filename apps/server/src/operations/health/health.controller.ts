import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../auth/index.js';
import { type Readiness, ReadinessService } from './readiness.js';

const CHECK = { type: 'object', properties: { status: { type: 'string' }, detail: { type: 'string' } } };
const READINESS = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['ready', 'not_ready'] },
    role: { type: 'string', enum: ['all', 'api', 'worker'] },
    shuttingDown: { type: 'boolean' },
    checks: { type: 'object', properties: { database: CHECK, migrations: CHECK, queue: CHECK } },
    warnings: {
      type: 'array',
      items: { type: 'object', properties: { code: { type: 'string' }, detail: { type: 'string' } } },
    },
  },
};

@ApiTags('Operations')
@Public()
@Controller('healthz')
export class HealthController {
  constructor(private readonly readiness: ReadinessService) {}

  @Get('live')
  @ApiOperation({ summary: 'The process answers', security: [] })
  @ApiOkResponse({ schema: { type: 'object', properties: { status: { type: 'string', enum: ['live'] } } } })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'The process can do its work',
    description:
      'The database answers, its schema is current, and the process is not shutting down. Warnings say what somebody ' +
      'should look at and do not change the status.',
    security: [],
  })
  @ApiOkResponse({ schema: READINESS })
  @ApiResponse({ status: 503, description: 'Not ready; the checks say why.', schema: READINESS })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.readiness.check();
    if (readiness.status !== 'ready') reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return readiness;
  }
}
