import type { Operation, SentRecord } from './model/index.js';

const record = (value: string, more: Partial<SentRecord> = {}): SentRecord => ({
  key: 'k0',
  identifier: 0,
  also: null,
  value,
  usageClass: 0,
  month: 1,
  note: 0,
  cancels: false,
  ...more,
});
const post = (feed: number, ...records: SentRecord[]): Operation => ({ do: 'post', feed, records });
const reprocess = (n: number, mode: 'all' | 'exceptions' = 'all'): Operation => ({
  do: 'reprocess imports',
  import: n,
  more: 0,
  mode,
  version: 0,
  reference: 'current',
});

/** Sequences that have found a fault, or that chance would come upon too seldom. */
export const FOUND: readonly (readonly [what: string, operations: readonly Operation[]])[] = [
  [
    'a record that is decided again stays in its place, though it says now what it once replaced',
    [post(1, record('10')), post(1, record('1')), { do: 'publish', content: 1 }, reprocess(1)],
  ],
  [
    'an exception that was discarded waits for its key again when it is reopened',
    [
      post(0, record('1', { identifier: 2 })),
      { do: 'discard', exception: 0 },
      reprocess(0),
      { do: 'reopen', exception: 0 },
      post(0, record('1', { identifier: 2 })),
    ],
  ],
  [
    'a record that is left unchanged is taken back by one behind it, in the same reprocessing',
    [
      post(1, record('1'), record('x', { key: 'k1' })),
      { do: 'correct', exception: 0, record: record('0') },
      reprocess(0),
    ],
  ],
  [
    'usage of a closed period is not taken back by a feed that shares its keys and takes late usage itself',
    [
      post(0, record('1', { month: 0 })),
      { do: 'close period', until: 1, feed: 0 },
      post(3, record('3')),
      post(3, record('1', { cancels: true })),
      { do: 'reopen period', from: 0, feed: 0 },
      { do: 'reprocess exceptions', exception: 0, more: 1 },
    ],
  ],
];
