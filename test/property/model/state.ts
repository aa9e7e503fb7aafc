import type { Cell, Fate, Ref, Waiting } from './key-cell.js';
import { newCell } from './key-cell.js';
import type { FeedRules, Reference, Usage } from './pipeline.js';
import type { Things } from './requests.js';
import type { SentRecord } from './sent-record.js';

export const FEEDS: readonly FeedRules[] = [
  { hasKeys: true, onConflict: 'exception', mayCancel: false },
  { hasKeys: true, onConflict: 'replace', mayCancel: true },
  { hasKeys: false, onConflict: 'exception', mayCancel: false },
];

/** An entry of the ledger. */
export interface Entry {
  readonly ref: Ref;
  readonly feed: number;
  readonly kind: 'usage' | 'reversal';
  readonly key: string | null;
  readonly usage: Usage;
  /** The import that wrote it. */
  readonly by: number;
  isLive: boolean;
}

/** A record that could not become usage, as its last attempt says. */
export interface Exception {
  code: string;
  /** Its key, which it may wait for. */
  readonly key: string | null;
  /** As it waited for its key when it was discarded. */
  held: Waiting | null;
  status: 'open' | 'reprocessed' | 'superseded' | 'discarded';
  /** The import that settled it. */
  by: number | null;
}

/** An accepted record. */
export interface Accepted {
  readonly ref: Ref;
  readonly feed: number;
  /** What was sent, and what it was changed to. */
  readonly forms: SentRecord[];
  live: Entry | null;
  exception: Exception | null;
  /** Taken back by an operator, who holds its key for it. */
  isVoided: boolean;
  /** Why it is not usage, the last thing that was said of it. */
  why: string;
}

/** A record as an import has decided about it. */
export interface Line {
  readonly of: Ref;
  readonly fate: Fate;
  readonly key: string | null;
}

export interface Import {
  readonly number: number;
  readonly feed: number;
  readonly channel: 'api' | 'reprocess' | 'revert';
  /** Of the profile, counted from 1. */
  readonly version: number;
  /** Of the reference data. */
  readonly reference: number;
  readonly lines: Line[];
  entries: number;
  revertedBy: number | null;
  /** Under which it was posted; null once it is free. */
  idempotencyKey: string | null;
}

export const textOf = ({ import: number, index }: Ref) => `${number}/${index}`;

/** Everything that there is. */
export class State {
  readonly imports: Import[] = [];
  readonly records = new Map<string, Accepted>();
  readonly ledger: Entry[] = [];
  /** Contents of the versions of the profile, by number. */
  readonly versions: number[] = [0];
  readonly references: Reference[] = [
    {
      accounts: [0, 1, null],
      prices: [
        [2, null],
        [3, null],
      ],
    },
  ];
  private readonly cells = FEEDS.map(() => new Map<string, Cell>());

  cell(feed: number, key: string): Cell {
    const cells = this.cells[feed]!;
    const cell = cells.get(key) ?? newCell();
    cells.set(key, cell);
    return cell;
  }

  record(ref: Ref): Accepted {
    return this.records.get(textOf(ref))!;
  }

  get reference(): Reference {
    return this.references.at(-1)!;
  }

  /** The number of the version that is published. */
  get published(): number {
    return this.versions.length;
  }

  /** What operations can be about. */
  things(): Things {
    const records = [...this.records.values()];
    return {
      versions: this.versions.length,
      accounts: this.reference.accounts,
      imports: this.imports.map(({ number, feed, channel, idempotencyKey, lines }) => ({
        number,
        feed,
        channel,
        idempotencyKey,
        sent: channel === 'api' ? lines.map(({ of }) => this.record(of).forms[0]!) : [],
      })),
      exceptions: records.flatMap(({ ref, feed, exception }) =>
        exception ? [{ of: ref, feed, code: exception.code }] : [],
      ),
      usage: records.flatMap(({ ref, feed, live }) => (live ? [{ of: ref, feed, key: live.key }] : [])),
    };
  }

  post(record: Accepted, key: string | null, usage: Usage, by: Import): void {
    const { ref, feed } = record;
    record.live = { ref, feed, kind: 'usage', key, usage, by: by.number, isLive: true };
    this.ledger.push(record.live);
    by.entries++;
  }

  reverse(record: Accepted, why: string, by: Import): void {
    const entry = record.live!;
    const { value, amount } = entry.usage;
    entry.isLive = false;
    this.ledger.push({
      ...entry,
      kind: 'reversal',
      usage: { ...entry.usage, value: -value, amount: -amount },
      by: by.number,
    });
    by.entries++;
    record.live = null;
    record.why = why;
  }
}
