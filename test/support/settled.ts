import { setTimeout as sleep } from 'node:timers/promises';

interface Client {
  query(sql: string): Promise<{ rows: unknown[] }>;
}

/**
 * Waits until readers in ledger order have all that was posted. Transactions of other databases hold them back as well:
 * those of other tests, here.
 */
export async function untilSettled(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query(
      'SELECT 1 FROM posting WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()) LIMIT 1',
    );
    if (rows.length === 0) return;
    await sleep(20);
  }
}
