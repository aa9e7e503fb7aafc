import { getQueueToken } from '@nestjs/bull';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Queue } from 'bull';
import { SETTINGS, type Settings } from '../common/index.js';

/** The queue's name in Bull, and so in Redis. */
const NAME = 'chunks';

/** The queue that the dispatcher rings through, as health and the board look at it. */
@Injectable()
export class ChunkQueue {
  constructor(
    private readonly modules: ModuleRef,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Without Redis chunks are dispatched in process, and there is no queue to look at. */
  get isUsed(): boolean {
    return this.settings.redisUrl !== null;
  }

  get queue(): Queue {
    return this.modules.get<Queue>(getQueueToken(NAME), { strict: false });
  }

  /** @throws where Redis is not connected or refuses; waits where it hangs */
  async ping(): Promise<void> {
    const { client } = this.queue;
    if (client.status !== 'ready') throw new Error(`the connection to Redis is ${client.status}`);
    await client.ping();
  }
}
