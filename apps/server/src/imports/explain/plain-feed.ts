import type { FeedContext } from 'feedmill/pipeline';
import { DEFAULT_ROW_SYNTAX } from '../envelope/index.js';
import type { BatchFeed } from '../run/load-batch.js';

/** No feed has this id. */
const NONE = 0;

/** For records that are of no feed: in UTC, without parameters and keys. */
export function plainFeed(
  format: FeedContext['format'],
): Pick<BatchFeed, 'context' | 'keyFields' | 'cancelWhen'> {
  const context: FeedContext = {
    id: NONE,
    name: 'preview',
    apiName: 'preview',
    format,
    timeZone: 'UTC',
    dstOverlap: 'earlier',
    dstGap: 'reject',
    rows: format === 'rows' ? DEFAULT_ROW_SYNTAX : null,
    parameters: {},
  };
  return { context, keyFields: null, cancelWhen: null };
}
