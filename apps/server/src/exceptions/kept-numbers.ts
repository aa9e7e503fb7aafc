import { ExactNumber, toDecimal } from 'feedmill/pipeline';

/**
 * What an expression made of a record, with the numbers of it that the expression left alone as they were sent:
 * expressions see those that a double cannot hold as decimal texts.
 */
export function keptNumbers(after: unknown, before: unknown): unknown {
  const sent = new Map<string, ExactNumber | null>();
  collect(before, sent);
  const hasExact = [...sent.values()].some((number) => number !== null);
  return hasExact ? restored(after, before, sent) : after;
}

/** Exact numbers by their value; null for one that the record has as a text too: which was meant cannot be told. */
function collect(value: unknown, sent: Map<string, ExactNumber | null>): void {
  if (value instanceof ExactNumber) {
    const key = toKey(value.text);
    if (!sent.has(key)) sent.set(key, value);
  } else if (typeof value === 'string') {
    sent.set(toKey(value), null);
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) collect(member, sent);
  }
}

function restored(after: unknown, before: unknown, sent: ReadonlyMap<string, ExactNumber | null>): unknown {
  if (typeof after === 'string' || typeof after === 'number') {
    const key = toKey(String(after));
    if (before instanceof ExactNumber && toKey(before.text) === key) return before;
    return typeof after === 'string' && typeof before !== 'string' ? (sent.get(key) ?? after) : after;
  }
  if (typeof after !== 'object' || after === null) return after;
  const memberOf = (name: string | number): unknown =>
    typeof before === 'object' && before !== null && Object.hasOwn(before, name)
      ? (before as Record<string | number, unknown>)[name]
      : undefined;
  if (Array.isArray(after)) return after.map((member, n) => restored(member, memberOf(n), sent));
  return Object.fromEntries(
    Object.entries(after).map(([name, member]) => [name, restored(member, memberOf(name), sent)]),
  );
}

/** Equal for texts of one value. */
const toKey = (text: string): string => toDecimal(text) ?? text;
