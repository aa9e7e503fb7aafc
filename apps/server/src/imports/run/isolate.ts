import type { Client } from 'pg';
import { cleanText } from 'feedmill/pipeline';
import { copyUsage, usageLines } from './store-rows.js';
import type { ChunkRun, StoreFacts } from './store.js';

/** Postgres refuses the data itself (22 data exception, 23 integrity, 54 limits), not the moment. */
const DATA_ERROR = /^(22|23|54)/;

export function isDataError(error: unknown): boolean {
  return DATA_ERROR.test((error as { code?: string })?.code ?? '');
}

/**
 * Finds the records whose rows Postgres refuses and turns each into an exception of stage `store`, so
 * that one record cannot hold up the others. Nothing is kept of the trials.
 * @returns the runs with those records rejected, or null where no single record is to blame
 */
export async function isolateRefused(
  client: Client,
  facts: StoreFacts,
  runs: readonly ChunkRun[],
): Promise<ChunkRun[] | null> {
  const candidates = runs.flatMap((run) => run.items).filter((item) => item.result.kind === 'usage');
  const refused = new Map<unknown, string>();
  const search = async (items: typeof candidates): Promise<void> => {
    const message = await tryStore(client, facts, items);
    if (message === null) return;
    if (items.length === 1) {
      refused.set(items[0], message);
      return;
    }
    const middle = Math.ceil(items.length / 2);
    await search(items.slice(0, middle));
    await search(items.slice(middle));
  };
  if (candidates.length > 0) await search(candidates);
  if (refused.size === 0) return null;
  return runs.map((run) => ({
    ...run,
    items: run.items.map((item) => {
      const message = refused.get(item);
      if (message === undefined) return item;
      const { index, key, decodedHash } = item.result;
      const rejection = {
        code: 'invalid_value',
        message: cleanText(`The ledger refused the record: ${message}`),
      };
      const result = {
        index,
        key,
        decodedHash,
        kind: 'reject',
        stage: 'store',
        step: null,
        rejection,
        record: null,
      } as const;
      return { ...item, result };
    }),
  }));
}

/** The message with which Postgres refuses these rows; null where it takes them. */
async function tryStore(
  client: Client,
  facts: StoreFacts,
  items: readonly ChunkRun['items'][number][],
): Promise<string | null> {
  await client.query('BEGIN');
  try {
    const batch = { ...facts, postingId: 0, closed: null };
    await copyUsage(
      client,
      items.map(({ ref, result }) => (result.kind === 'usage' ? usageLines(batch, ref, result, 0) : '')),
    );
    return null;
  } catch (error) {
    if (isDataError(error)) return (error as Error).message;
    throw error;
  } finally {
    await client.query('ROLLBACK');
  }
}
