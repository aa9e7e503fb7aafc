import type { Random } from './random.js';

/** What must become of a record, however often and by whatever way it is delivered. */
export type Kind = 'good' | 'zero' | 'unknown' | 'bad' | 'crash';

/** A record as it was sent, with the facts by which it is judged afterwards. */
export interface SentRecord {
  readonly key: string;
  readonly kind: Kind;
  /** Thousandths. 0 where what was sent is no number. */
  readonly value: bigint;
  /** Hundred-millionths of a dollar: what a good record must cost. */
  readonly amount: bigint;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Prices in hundred-thousandths of a dollar per unit. */
export const PRICES = { calls: 123n, data: 7n, messages: 40_001n } as const;
export const ACCOUNTS = 50;
export const accountOf = (n: number): string => `acct-${100_000 + n}`;

const CLASSES = Object.keys(PRICES) as (keyof typeof PRICES)[];
/** One good record in so many takes its time, so that there is a middle of the work for faults to strike. */
const SLOW_EVERY = 25;
const PAUSE_MS = 20;

/** Makes records of one feed; each call of a maker counts its keys up. */
export class Records {
  private count = 0;

  constructor(
    private readonly prefix: string,
    private readonly random: Random,
  ) {}

  /** Mostly good ones; of eleven, one is zero, one unknown, one bad. */
  mixed(count: number): SentRecord[] {
    const kinds: Kind[] = [
      'good',
      'good',
      'good',
      'good',
      'good',
      'good',
      'good',
      'good',
      'zero',
      'unknown',
      'bad',
    ];
    return Array.from({ length: count }, () => this.one(this.random.pick(kinds)));
  }

  one(kind: Kind = 'good', more: Readonly<Record<string, unknown>> = {}): SentRecord {
    const n = this.count++;
    const key = `${this.prefix}-${n}`;
    const usageClass = this.random.pick(CLASSES);
    const units = kind === 'zero' ? 0 : this.random.integer(1, 9_999_999);
    const value = kind === 'bad' ? 0n : BigInt(units);
    return {
      key,
      kind,
      value,
      amount: value * PRICES[usageClass],
      json: {
        Date: `2026-04-16T14:32:${String(n % 60).padStart(2, '0')}Z`,
        UdrUsageIdentifier: key,
        OriginatingIdentifier:
          kind === 'unknown' ? 'nobody' : accountOf(this.random.integer(0, ACCOUNTS - 1)),
        Value: kind === 'bad' ? 'a dozen' : units / 1000,
        UsageClassName: usageClass,
        ...(n % SLOW_EVERY === 0 && { PauseMs: PAUSE_MS }),
        ...more,
      },
    };
  }

  /** Good records that must become `step_crashed` for what their member `Fault` makes the process do. */
  crashing(fault: string): SentRecord {
    return this.one('crash', { Fault: fault });
  }
}

/** Records in batches of this size, the last one smaller. */
export function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
}
