import { createBullBoard } from '@bull-board/api';
import { BullAdapter } from '@bull-board/api/bullAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Authenticator, pageHook } from '../../auth/index.js';
import { ChunkQueue } from '../chunk-queue.js';

const PATH = '/admin/queues';

const NO_QUEUE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Feedmill queues</title></head><body>
<h1>There is no queue to show</h1>
<p>This server runs without Redis and hands out chunks of imports in process. With REDIS_URL set, or redis-server
installed before npm start, they go through Bull, and its board is here.</p>
</body></html>
`;

/** Fonts that the board's page would have from elsewhere; our pages load nothing from there, and it has others. */
const FOREIGN_LINK = /<link [^>]*href="https?:[^>]*>\s*/g;

/**
 * Bull's board, for admins, to look at only: chunks live in Postgres, and the queue is filled again from there
 * whatever is done to it. A board that could change it would also take the browser's word for who asks.
 */
@Injectable()
export class QueueBoard {
  constructor(
    { httpAdapter }: HttpAdapterHost,
    private readonly authenticator: Authenticator,
    private readonly chunks: ChunkQueue,
  ) {
    void httpAdapter.getInstance<FastifyInstance>().register((scope) => this.serve(scope), { prefix: PATH });
  }

  private async serve(scope: FastifyInstance): Promise<void> {
    scope.addHook('onRequest', pageHook(this.authenticator, 'admin'));
    if (!this.chunks.isUsed) {
      scope.get('/', (_, reply) => reply.type('text/html; charset=utf-8').send(NO_QUEUE));
      return;
    }
    const serverAdapter = new FastifyAdapter().setBasePath(PATH);
    const queue = new BullAdapter(this.chunks.queue, {
      readOnlyMode: true,
      description: 'Chunks that wait for a worker',
    });
    createBullBoard({
      queues: [queue],
      serverAdapter,
      options: { uiConfig: { boardTitle: 'Feedmill queues' } },
    });
    scope.addHook('onSend', async (_, reply, payload) => {
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
      return isPage && typeof payload === 'string' ? payload.replace(FOREIGN_LINK, '') : payload;
    });
    await scope.register(serverAdapter.registerPlugin());
  }
}
