import pg from 'pg';
import { byIndexOnly, connectionConfig } from '../../database/child.js';
import { CHILD_APPLICATION } from './claim.js';

/** The one connection of a child: opened when it is first needed, and again after it was lost. */
export class ChildConnection {
  private client: pg.Client | null = null;

  /** @param settings over those of every connection of ours */
  constructor(
    private readonly databaseUrl: string,
    private readonly settings: pg.ClientConfig = {},
  ) {}

  async get(): Promise<pg.Client> {
    if (this.client) return this.client;
    const client = new pg.Client({
      ...connectionConfig(this.databaseUrl, CHILD_APPLICATION),
      ...this.settings,
    });
    const forget = () => {
      if (this.client === client) this.client = null;
    };
    client.on('error', forget);
    client.on('end', forget);
    await client.connect();
    // The child reads and writes by key only: a table without statistics must not tempt into a scan.
    await client.query(byIndexOnly('SET'));
    return (this.client = client);
  }

  /** For a connection in doubt: the next one asked for is new. */
  async close(): Promise<void> {
    const { client } = this;
    this.client = null;
    await client?.end().catch(() => undefined);
  }
}
