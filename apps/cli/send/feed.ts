import { type ApiClient, pathPart } from '../api-client.js';
import { ApiError, UsageError } from '../errors.js';
import type { Format } from './format.js';

/** What the sender wants to know of a feed. */
export interface FeedView {
  apiName: string;
  format: 'rows' | 'records';
  rows: { delimiter: string; quote: string; header: boolean } | null;
}

/**
 * The feed as the server has it; null where this key may not read feeds (an integrator's need not).
 * @throws ApiError for a feed that does not exist
 */
export async function readFeed(client: ApiClient, feed: string): Promise<FeedView | null> {
  try {
    return await client.get<FeedView>(`/feeds/${pathPart(feed)}`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return null;
    throw error;
  }
}

/**
 * Stops what the server would refuse request by request.
 * @throws UsageError where a file's format cannot be the feed's
 */
export function checkFormat(feed: FeedView | null, format: Format, path: string): void {
  const needed = format === 'csv' ? 'rows' : 'records';
  // A JSON file may hold rows: {"data":["row", ...]}.
  if (feed === null || feed.format === needed || format === 'json') return;
  const offered = feed.format === 'rows' ? 'rows (csv)' : 'records (json, ndjson)';
  throw new UsageError(`${path} is ${format}, and the feed ${feed.apiName} takes ${offered}`);
}
