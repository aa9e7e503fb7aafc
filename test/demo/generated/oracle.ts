import { negated } from './arithmetic.js';

/** What a part of a record comes to; decimals in their shortest form. */
export interface Entry {
  readonly account: string;
  readonly date: string;
  readonly type: string | null;
  readonly value: string;
  readonly quantity: string;
  readonly amount: string;
  readonly currency: string;
  readonly cost?: string;
}

/** A record, and what it comes to where nothing was sent before. */
export interface Sent {
  readonly text: string;
  /** Null where it cannot be read. */
  readonly key: string | null;
  /** Equal for records that are the same however they are spelled. */
  readonly content: string;
  readonly run:
    { readonly code: string } | { readonly skip: string } | { readonly entries: readonly Entry[] };
  readonly cancels?: boolean;
  /** For feeds that replace: whether it is the better one. */
  readonly isEstimate?: boolean;
}

export interface Outcome {
  readonly verdict: 'imported' | 'exception' | 'skipped' | 'duplicate';
  readonly reason: string | null;
  readonly code: string | null;
  readonly booked: readonly string[];
}

interface Cell {
  live: Sent | null;
  /** What has been live, or has withdrawn it. */
  readonly earlier: Set<string>;
  /** The content of the exception that holds the key. */
  open: string | null;
}

export type Policy = 'exception' | 'replace' | 'keep';

const NOTHING = { reason: null, code: null, booked: [] };
const duplicate = (reason: string | null): Outcome => ({ ...NOTHING, verdict: 'duplicate', reason });

/** Decides records in the order sent by the words of docs/usage-keys.md, and keeps the sums. */
export class Oracle {
  private readonly cells = new Map<string, Cell>();
  /** By account and currency, each entry's amount as it was booked. */
  readonly amounts: { readonly account: string; readonly currency: string; readonly amount: string }[] = [];

  constructor(private readonly policy: Policy) {}

  decide(sent: Sent): Outcome {
    if (sent.key === null) return this.ran(sent);
    let cell = this.cells.get(sent.key);
    if (!cell) this.cells.set(sent.key, (cell = { live: null, earlier: new Set(), open: null }));
    if (cell.live?.content === sent.content) return duplicate(null);
    if (cell.earlier.has(sent.content)) return duplicate('earlier_version');
    if (sent.cancels) return this.cancelled(cell, sent);
    if ('code' in sent.run) return this.refused(cell, sent, sent.run.code);
    if (cell.live) return this.met(cell, cell.live, sent);
    if ('entries' in sent.run) cell.live = sent;
    return this.ran(sent);
  }

  private ran({ run }: Sent): Outcome {
    if ('code' in run) return { ...NOTHING, verdict: 'exception', code: run.code };
    if ('skip' in run) return { ...NOTHING, verdict: 'skipped', reason: run.skip };
    return { ...NOTHING, verdict: 'imported', booked: this.book('usage', run.entries) };
  }

  private refused(cell: Cell, { content }: Sent, code: string): Outcome {
    if (cell.open === content) return duplicate(null);
    cell.open = content;
    return { ...NOTHING, verdict: 'exception', code };
  }

  private cancelled(cell: Cell, sent: Sent): Outcome {
    if (!cell.live) return this.refused(cell, sent, 'nothing_to_cancel');
    cell.earlier.add(sent.content);
    return { ...NOTHING, verdict: 'imported', reason: 'cancels', booked: this.takeBack(cell, cell.live) };
  }

  private met(cell: Cell, live: Sent, sent: Sent): Outcome {
    if (this.policy === 'exception') return this.refused(cell, sent, 'usage_key_conflict');
    if (this.policy === 'keep' || (sent.isEstimate && !live.isEstimate)) return duplicate('conflict_kept');
    const back = this.takeBack(cell, live);
    cell.live = sent;
    const { booked } = this.ran(sent);
    return { ...NOTHING, verdict: 'imported', reason: 'replaces', booked: [...booked, ...back] };
  }

  private takeBack(cell: Cell, live: Sent): string[] {
    cell.earlier.add(live.content);
    cell.live = null;
    const entries = 'entries' in live.run ? live.run.entries : [];
    const back = entries.map(({ value, quantity, amount, cost, ...same }) => ({
      ...same,
      value: negated(value),
      quantity: negated(quantity),
      amount: negated(amount),
      ...(cost !== undefined && { cost: negated(cost) }),
    }));
    return this.book('reversal', back);
  }

  private book(kind: string, entries: readonly Entry[]): string[] {
    this.amounts.push(...entries);
    return entries.map((entry) => shown(kind, entry));
  }
}

/** An entry as one line, for comparing. */
export function shown(kind: string, entry: Entry): string {
  const { account, date, type, value, quantity, amount, currency, cost = null } = entry;
  return `${kind} ${account} ${date} ${type} ${value} as ${quantity}: ${amount} ${currency}, cost ${cost}`;
}
