import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { installReplySerializer } from '../common/index.js';
import { installRequestLog } from './request-log.js';
import { installSecurityHeaders } from './security-headers.js';

/** What holds for every route of the server. Made before routes are registered, so that all of them have it. */
@Injectable()
export class HttpConventions {
  constructor({ httpAdapter }: HttpAdapterHost) {
    const server = httpAdapter.getInstance<FastifyInstance>();
    installReplySerializer(server);
    installRequestLog(server);
    installSecurityHeaders(server);
  }
}
