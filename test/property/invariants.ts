import type { Decision, Facts, LedgerEntry, RefText } from './facts.js';

/** Skipped for these reasons, a record is what it was before. */
const LEFT = new Set([
  'unchanged',
  'cancelled',
  'not_open',
  'not_live',
  'voided',
  'discarded',
  'superseded',
  'period_closed',
  'key_changed',
  'key_taken',
  'key_forgotten',
  'rejected',
]);

/** What must hold of feeds that share their keys whatever was done to them, in whatever order. */
export function brokenInvariants(facts: Facts): string[] {
  return [
    ...keysLiveTwice(facts),
    ...sumsThatDiffer(facts),
    ...countsThatDiffer(facts),
    ...unexplained(facts),
  ];
}

function keysLiveTwice({ hasKeys, entries, exceptions }: Facts): string[] {
  const live = entries.filter(({ isLive }) => isLive);
  const nameOf = ({ key, of }: LedgerEntry) => (hasKeys ? `key ${key}` : `record ${of}`);
  const isOtherPart = (a: LedgerEntry, b: LedgerEntry) => a.of === b.of && a.part !== b.part;
  const twice = live.filter((entry, n) =>
    live.slice(0, n).some((e) => nameOf(e) === nameOf(entry) && !isOtherPart(e, entry)),
  );
  return [
    ...twice.map((entry) => `${nameOf(entry)} is live twice`),
    ...live
      .filter(({ of }) => exceptions.get(of)?.status === 'open')
      .map(({ of }) => `${of} is live and an open exception`),
  ];
}

function sumsThatDiffer({ entries }: Facts): string[] {
  const sums = new Map<string, number>();
  for (const { account, currency, value, amount, kind, isLive } of entries) {
    const counted = isLive && kind === 'usage' ? -1 : 0;
    for (const [what, n] of [
      ['value', value],
      ['amount', amount],
    ] as const) {
      const name = `${what} of ${account} in ${currency}`;
      sums.set(name, (sums.get(name) ?? 0) + n + counted * n);
    }
  }
  return [...sums].filter(([, sum]) => sum !== 0).map(([name, sum]) => `${name}: not live, and yet ${sum}`);
}

function countsThatDiffer({ imports, entries, decisions }: Facts): string[] {
  const all = [...decisions.values()].flat();
  return imports.flatMap(({ number, status, counts, entries: written }) => {
    const problems: string[] = [];
    const note = (what: string, found: unknown, wanted: unknown) => {
      if (found !== wanted)
        problems.push(`import ${number}: ${what} ${String(found)}, expected ${String(wanted)}`);
    };
    const own = all.filter(({ by }) => by === number);
    note('status', status, 'completed');
    note('pending', counts.pending, 0);
    note('total', counts.total, own.length);
    for (const name of ['imported', 'exception', 'skipped', 'duplicate'])
      note(name, counts[name], own.filter(({ verdict }) => verdict === name).length);
    note('entries', written, entries.filter(({ by }) => by === number).length);
    return problems;
  });
}

/** Records that are not live, where nothing says why. */
function unexplained(facts: Facts): string[] {
  return [...facts.decisions.keys()]
    .filter((ref) => !isExplained(facts, ref, new Set()))
    .map((ref) => `${ref} is not live, and nothing says why: ${JSON.stringify(facts.decisions.get(ref))}`);
}

/**
 * Whether a record is live, or somebody has said that it must not be: a person, the source, a rule, or another record that
 * stands for it and is itself explained. Records that stand for each other in a circle are lost.
 */
function isExplained(facts: Facts, ref: RefText | null, asked: Set<RefText>): boolean {
  if (ref === null || asked.has(ref)) return false;
  const next = new Set(asked).add(ref);
  const entries = facts.entries.filter(({ of }) => of === ref);
  if (entries.some(({ isLive }) => isLive)) return true;
  const decisions = facts.decisions.get(ref) ?? [];
  const exception = facts.exceptions.get(ref);
  if (exception?.status === 'open' || exception?.status === 'discarded') return true;
  if (exception?.status === 'superseded')
    return othersOf(facts, ref, exception.by).some(({ of }) => isExplained(facts, of, next));

  const order = (by: number) => facts.imports.find(({ number }) => number === by)?.endedAt ?? '';
  const reversal = entries
    .filter(({ kind }) => kind === 'reversal')
    .sort((a, b) => (order(a.by) < order(b.by) ? 1 : -1))[0];
  const last = decisions
    .filter(({ reason, verdict }) => verdict !== 'skipped' || !LEFT.has(reason ?? ''))
    .at(-1);
  if (!last) return false;
  const isCancel = last.reason === 'cancels';
  if (reversal && !isCancel && (last.verdict === 'imported' || order(last.by) < order(reversal.by)))
    return isTakenBackWithReason(facts, ref, reversal.by, next);
  if (last.verdict === 'skipped' || isCancel) return true;
  if (last.verdict !== 'duplicate') return false;
  return last.reason === 'voided' || isExplained(facts, last.duplicateOf, next);
}

function isTakenBackWithReason(facts: Facts, ref: RefText, by: number, asked: Set<RefText>): boolean {
  const taker = facts.imports.find(({ number }) => number === by);
  if (!taker) return false;
  const own = facts.decisions.get(ref)!.find((decision) => decision.by === by && taker.channel !== 'api');
  // Reverted or voided: by a person, who has said so. Else another record, of the same correction too, has taken its place.
  if (own?.verdict === 'imported' && !writesUsage(facts, ref, by)) return true;
  return othersOf(facts, ref, by).some(
    ({ of, decision }) =>
      decision.reason === 'cancels' || decision.verdict === 'skipped' || isExplained(facts, of, asked),
  );
}

const writesUsage = ({ entries }: Facts, ref: RefText, by: number) =>
  entries.some((entry) => entry.of === ref && entry.by === by && entry.kind === 'usage');

/** What an import has decided about other records of a record's keys. */
function othersOf(
  { decisions }: Facts,
  ref: RefText,
  by: number | null,
): { of: RefText; decision: Decision }[] {
  const keys = new Set(decisions.get(ref)?.map(({ key }) => key));
  return [...decisions].flatMap(([of, taken]) =>
    of === ref
      ? []
      : taken
          .filter((decision) => decision.by === by && decision.key !== null && keys.has(decision.key))
          .map((decision) => ({ of, decision })),
  );
}
