import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import pg from 'pg';
import { connectionConfig } from './pool.js';

/** Bounds of a connection whose statements take their time. */
export type ConnectionTimeouts = Required<
  Pick<
    pg.ClientConfig,
    'statement_timeout' | 'query_timeout' | 'lock_timeout' | 'idle_in_transaction_session_timeout'
  >
>;

/** What a process does again and again from its start to its end. A round that fails is followed by another. */
export abstract class RepeatedJob implements OnApplicationBootstrap, OnModuleDestroy {
  protected readonly log: Logger;
  protected isStopped = false;
  private timer: NodeJS.Timeout | null = null;
  private connection: pg.Client | null = null;

  /**
   * @param name in logs and of its own connections
   * @param pauseMs between two rounds
   */
  protected constructor(
    private readonly name: string,
    private readonly pauseMs: number,
    private readonly pauseAfterTroubleMs = pauseMs,
  ) {
    this.log = new Logger(name);
  }

  onApplicationBootstrap(): void {
    void this.round();
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.connection?.end();
  }

  /** One round: everything that is due now. */
  abstract run(): Promise<void>;

  /** Works on a connection of its own, which ends with the work, or with the process. */
  protected async onOwnConnection(
    databaseUrl: string,
    timeouts: ConnectionTimeouts,
    work: (client: pg.Client) => Promise<void>,
  ): Promise<void> {
    const client = new pg.Client({ ...connectionConfig(databaseUrl, `feedmill-${this.name}`), ...timeouts });
    // A connection that is lost fails the statement under way.
    client.on('error', () => undefined);
    await client.connect();
    this.connection = client;
    try {
      await work(client);
    } finally {
      this.connection = null;
      await client.end();
    }
  }

  private async round(): Promise<void> {
    let pauseMs = this.pauseMs;
    try {
      await this.run();
    } catch (error) {
      if (!this.isStopped) this.log.warn(`Goes on later: ${(error as Error).message}`);
      pauseMs = this.pauseAfterTroubleMs;
    }
    if (!this.isStopped) this.timer = setTimeout(() => void this.round(), pauseMs).unref();
  }
}
