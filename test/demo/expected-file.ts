import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROJECT_DIR } from '../support/index.js';

export const VERDICTS = ['imported', 'exception', 'skipped', 'duplicate'] as const;

/** An entry of the ledger as the file writes it; all texts, and only what it cares to say. */
export type ExpectedUsage = Readonly<
  Partial<
    Record<
      | 'kind'
      | 'account'
      | 'service'
      | 'date'
      | 'localDate'
      | 'class'
      | 'type'
      | 'value'
      | 'quantity'
      | 'amount'
      | 'cost'
      | 'source',
      string
    >
  >
>;

export interface ExpectedRecord {
  readonly send: string;
  readonly why: string;
  readonly verdict: (typeof VERDICTS)[number];
  readonly usage?: ExpectedUsage | readonly ExpectedUsage[];
  readonly reason?: string;
  readonly code?: string;
  readonly stage?: string;
  readonly field?: string;
  /** Amounts of both sides of a conflict. */
  readonly live?: string;
  readonly sent?: string;
}

/** One post, and so one import. */
export interface ExpectedPost {
  readonly feed: string;
  /** How records travel: as the feed's format has them, or as a batch of events. */
  readonly as?: 'cloudevents';
  readonly records: readonly ExpectedRecord[];
}

const RECORD_MEMBERS = [
  'send',
  'why',
  'verdict',
  'usage',
  'reason',
  'code',
  'stage',
  'field',
  'live',
  'sent',
];

/** `config/demo.expected.yaml`; a member that is misspelt would never be compared, so it is refused. */
export function readExpectedFile(): readonly ExpectedPost[] {
  const file = join(PROJECT_DIR, 'config', 'demo.expected.yaml');
  const posts = parse(readFileSync(file, 'utf8'), { schema: 'failsafe' }) as ExpectedPost[];
  for (const { records } of posts) {
    for (const record of records) {
      const unknown = Object.keys(record).filter((name) => !RECORD_MEMBERS.includes(name));
      if (unknown.length) throw new Error(`${record.send}: ${unknown.join(', ')} is not known`);
      if (!VERDICTS.includes(record.verdict)) throw new Error(`${record.send}: ${record.verdict}`);
    }
  }
  return posts;
}
