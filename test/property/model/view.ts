import type { Fate, Ref } from './key-cell.js';
import { type Entry, FEEDS, type State, textOf } from './state.js';

/** What can be seen of a feed: a line for each thing, in an order of its own. */
export interface View {
  readonly usage: readonly string[];
  readonly exceptions: readonly string[];
  readonly imports: readonly string[];
}

/** An entry, in terms that the model and the product share. */
export interface EntryFacts {
  readonly of: string;
  readonly part: number;
  readonly kind: string;
  readonly key: string | null;
  readonly account: string | null;
  readonly value: string;
  readonly amount: string;
  readonly currency: string;
  readonly by: number;
  readonly isLate: boolean;
  readonly isLive: boolean;
}

export const entryLine = (e: EntryFacts) =>
  `${e.of} ${e.kind} ${e.key ?? '-'}, part ${e.part}: ${e.value} of ${e.account}, ${e.amount} ${e.currency}, by ${e.by}${e.isLate ? ', late' : ''}${e.isLive ? ', live' : ''}`;

export interface ExceptionFacts {
  readonly of: string;
  readonly code: string;
  readonly status: string;
  readonly revision: number;
  readonly by: number | null;
}

export const exceptionLine = (e: ExceptionFacts) =>
  `${e.of} ${e.code} ${e.status}, revision ${e.revision}${e.by === null ? '' : `, by ${e.by}`}`;

export interface ImportFacts {
  readonly number: number;
  readonly channel: string;
  readonly version: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<'skipped' | 'exception', Readonly<Record<string, number>>>>;
  readonly entries: number;
  readonly revertedBy: number | null;
}

const VERDICTS = ['imported', 'exception', 'skipped', 'duplicate', 'pending'];

export function importLine(i: ImportFacts): string {
  const counts = VERDICTS.map((name) => `${i.counts[name] ?? 0} ${name}`).join(', ');
  return `${i.number} ${i.channel} v${i.version}: ${counts}; ${countsText(i.reasons.skipped)} ${countsText(i.reasons.exception)}; ${i.entries} entries${i.revertedBy === null ? '' : `, reverted by ${i.revertedBy}`}`;
}

const countsText = (counts: Readonly<Record<string, number>>) =>
  JSON.stringify(Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))));

export interface LineFacts {
  readonly verdict: string;
  readonly reason: string | null;
  readonly duplicateOf: string | null;
  readonly of: string | null;
}

/** How a record ended in an import, as it is told. */
export const verdictLine = (index: number, l: LineFacts) =>
  `${index} ${l.verdict} ${l.reason ?? ''}${l.duplicateOf ? ` of ${l.duplicateOf}` : ''}${l.of ? `, decides ${l.of} again` : ''}`;

export function viewOf(state: State, feed: number): View {
  const records = [...state.records.values()].filter((record) => record.feed === feed);
  return {
    usage: state.ledger
      .filter((entry) => entry.feed === feed)
      .map(({ ref, part, kind, key, usage, by, isLate, isLive }) =>
        entryLine({
          of: textOf(ref),
          part,
          kind,
          key,
          account: `A${usage.account}`,
          value: String(usage.value),
          amount: String(usage.amount),
          currency: usage.currency,
          by,
          isLate,
          isLive,
        }),
      )
      .sort(),
    exceptions: records
      .flatMap(({ ref, exception, forms }) =>
        exception ? [exceptionLine({ of: textOf(ref), ...exception, revision: forms.length - 1 })] : [],
      )
      .sort(),
    imports: state.imports
      .filter((i) => i.feed === feed)
      .map(({ number, channel, version, lines, entries, revertedBy }) => {
        const fates = lines.map(({ fate }) => fate);
        return importLine({
          number,
          channel,
          version,
          counts: countBy(fates, ({ verdict }) => verdict),
          reasons: {
            skipped: countBy(fates, ({ verdict, reason }) => (verdict === 'skipped' ? reason! : null)),
            exception: countBy(fates, ({ code }) => code ?? null),
          },
          entries,
          revertedBy,
        });
      })
      .sort(),
  };
}

/** The verdicts of an import, record by record. */
export function verdictsOf(state: State, number: number): string[] {
  const { lines, channel } = state.imports[number]!;
  return lines.map(({ of, fate }, index) =>
    verdictLine(index, {
      verdict: fate.verdict,
      reason: fate.reason ?? null,
      duplicateOf: refText(fate.duplicateOf),
      of: channel === 'api' ? null : textOf(of),
    }),
  );
}

const refText = (ref: Ref | undefined) => (ref ? textOf(ref) : null);

function countBy(fates: readonly Fate[], name: (fate: Fate) => string | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const fate of fates) {
    const found = name(fate);
    if (found !== null) counts[found] = (counts[found] ?? 0) + 1;
  }
  return counts;
}

export interface TotalFacts {
  readonly account: string;
  readonly usageClass: string;
  readonly currency: string;
  readonly entries: number;
  readonly value: number;
  readonly amount: number;
}

export const totalLine = (t: TotalFacts) =>
  `${t.account} ${t.usageClass} ${t.currency}: ${t.entries} entries, ${t.value}, ${t.amount}`;

/** What is billed of a feed, by account and class. */
export function totalsOf({ ledger }: State, feed: number): string[] {
  if (FEEDS[feed]!.isTest) return [];
  const totals = new Map<string, TotalFacts>();
  for (const { usage } of ledger.filter((entry) => entry.feed === feed)) {
    const of = { account: `A${usage.account}`, usageClass: `c${usage.usageClass}`, currency: usage.currency };
    const name = JSON.stringify(of);
    const { entries, value, amount } = totals.get(name) ?? { entries: 0, value: 0, amount: 0 };
    totals.set(name, {
      ...of,
      entries: entries + 1,
      value: value + usage.value,
      amount: amount + usage.amount,
    });
  }
  return [...totals.values()].map(totalLine).sort();
}

/** Sums of the ledger by account and currency: of all of it, and of what is live. They are one. */
export function sumsOf({ ledger }: State): Record<'all' | 'live', Record<string, number>> {
  return { all: sumsBy(ledger), live: sumsBy(ledger.filter(({ isLive }) => isLive)) };
}

function sumsBy(entries: readonly Entry[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { account, currency, amount } of entries.map(({ usage }) => usage)) {
    const name = `A${account} ${currency}`;
    sums[name] = (sums[name] ?? 0) + amount;
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0));
}
