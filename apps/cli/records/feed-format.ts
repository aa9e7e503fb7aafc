import type { ApiClient } from '../api-client.js';
import { readFeed } from '../send/feed.js';

/** Whether a feed has rows or records; where this key may not read feeds, as the record at hand is. */
export async function readFeedFormat(
  client: ApiClient,
  feedId: number,
  raw: unknown,
): Promise<'rows' | 'records'> {
  const feed = await readFeed(client, String(feedId));
  return feed?.format ?? (typeof raw === 'string' ? 'rows' : 'records');
}
