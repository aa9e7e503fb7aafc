import type { Cell, Fate, Ref, Waiting } from './key-cell.js';
import { isSame, newCell } from './key-cell.js';
import type { FeedRules, Reference, Usage } from './pipeline.js';
import type { Things } from './requests.js';
import type { SentRecord } from './sent-record.js';

const PLAIN: FeedRules = {
  hasKeys: true,
  onConflict: 'exception',
  mayCancel: false,
  keyScope: null,
  lateUsage: 'exception',
  isTest: false,
  autoHeals: false,
};
const REPLACING = { ...PLAIN, onConflict: 'replace', mayCancel: true } as const;

export const FEEDS: readonly FeedRules[] = [
  { ...PLAIN, keyScope: 'shared' },
  REPLACING,
  { ...PLAIN, hasKeys: false, lateUsage: 'accept' },
  { ...REPLACING, keyScope: 'shared', lateUsage: 'accept', autoHeals: true },
  { ...PLAIN, keyScope: 'shared', isTest: true },
];

const SCOPE_NAMES = FEEDS.map(({ keyScope, isTest }, feed) => `${keyScope ?? feed}${isTest ? ', test' : ''}`);

/** Feeds by the keys that they share. */
export const SCOPES: readonly (readonly number[])[] = [...new Set(SCOPE_NAMES)].map((name) =>
  [...FEEDS.keys()].filter((feed) => SCOPE_NAMES[feed] === name),
);

/** An entry of the ledger. */
export interface Entry {
  readonly ref: Ref;
  readonly part: number;
  readonly feed: number;
  readonly kind: 'usage' | 'reversal';
  readonly key: string | null;
  readonly usage: Usage;
  /** The import that wrote it. */
  readonly by: number;
  /** Its month was closed by then. */
  readonly isLate: boolean;
  isLive: boolean;
}

/** All parts of a record that is live. */
export interface Live {
  readonly key: string | null;
  readonly parts: readonly Usage[];
}

/** A record that could not become usage, as its last attempt says. */
export interface Exception {
  code: string;
  /** What was looked for and not found. */
  readonly missing: string | null;
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
  live: Live | null;
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

/** A change of reference data: whose an identifier is, or what a class costs. */
export interface Change {
  /** As exceptions name what they miss. */
  readonly what: string;
  /** It says what is true now, and not only that something is true no more. */
  readonly isNews: boolean;
}

export const textOf = ({ import: number, index }: Ref) => `${number}/${index}`;

/** Everything that there is. */
export class State {
  readonly imports: Import[] = [];
  readonly records = new Map<string, Accepted>();
  readonly ledger: Entry[] = [];
  /** Contents of the versions of the profile, by number. */
  readonly versions: number[] = [2];
  readonly references: Reference[] = [
    {
      accounts: [0, 1, null],
      prices: [
        [2, null],
        [3, null],
      ],
    },
  ];
  /** Those that anything came of. */
  readonly changes: Change[] = [];
  /** Of each feed: months before that one are closed. */
  readonly closedUntil: number[] = FEEDS.map(() => 0);
  private readonly cells = new Map<string, Cell>();

  cell(feed: number, key: string): Cell {
    const name = `${SCOPE_NAMES[feed]!}: ${key}`;
    const cell = this.cells.get(name) ?? newCell();
    this.cells.set(name, cell);
    return cell;
  }

  /** Whether a feed takes no usage of a month, and gives none back. */
  isRefused(feed: number, month: number): boolean {
    return this.isClosed(feed, month) && FEEDS[feed]!.lateUsage === 'exception';
  }

  /** Whether a record is live and must stay so. */
  isKept({ live, feed }: Accepted): boolean {
    return live?.parts.some(({ month }) => this.isRefused(feed, month)) === true;
  }

  private isClosed(feed: number, month: number): boolean {
    return month < this.closedUntil[feed]!;
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
      changes: this.changes.length,
      imports: this.imports.map(({ number, feed, channel, idempotencyKey, lines }) => ({
        number,
        feed,
        channel,
        idempotencyKey,
        sent: channel === 'api' ? lines.map(({ of }) => this.record(of).forms[0]!) : [],
      })),
      exceptions: records.flatMap(({ ref, feed, exception, forms }) =>
        exception ? [{ of: ref, feed, key: forms.at(-1)!.key, code: exception.code }] : [],
      ),
      usage: records.flatMap(({ ref, feed, live }) => (live ? [{ of: ref, feed, key: live.key }] : [])),
    };
  }

  post(record: Accepted, key: string | null, parts: readonly Usage[], by: Import): void {
    record.live = { key, parts };
    this.write(record, record.live, 'usage', by);
  }

  reverse(record: Accepted, why: string, by: Import): void {
    const { key, parts } = record.live!;
    for (const entry of this.ledger) if (isSame(entry.ref, record.ref)) entry.isLive = false;
    const negated = parts.map((part) => ({ ...part, value: -part.value, amount: -part.amount }));
    this.write(record, { key, parts: negated }, 'reversal', by);
    record.live = null;
    record.why = why;
  }

  private write({ ref, feed }: Accepted, { key, parts }: Live, kind: Entry['kind'], by: Import): void {
    for (const [part, usage] of parts.entries()) {
      const isLate = this.isClosed(feed, usage.month);
      const isLive = kind === 'usage';
      this.ledger.push({ ref, part, feed, kind, key, usage, by: by.number, isLate, isLive });
      by.entries++;
    }
  }
}
