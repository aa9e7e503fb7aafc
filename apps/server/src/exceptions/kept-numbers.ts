import { ExactNumber, toDecimal } from 'feedmill/pipeline';

/**
 * What an expression made of a record, with the numbers of it that the expression left alone as they were sent:
 * expressions see those that a double cannot hold as decimal texts.
 */
export function keptNumbers(after: unknown, before: unknown): unknown {
  const sent = new Map<string, ExactNumber>();
  const texts = new Set<string>();
  collect(before, sent, texts);
  if (sent.size === 0) return after;
  // One that the record has as a text too cannot be told from that where it has moved.
  const movable = new Map([...sent].filter(([key]) => !texts.has(key)));
  return restored(after, before, movable);
}

function collect(value: unknown, numbers: Map<string, ExactNumber>, texts: Set<string>): void {
  if (value instanceof ExactNumber) numbers.set(toKey(value.text), value);
  else if (typeof value === 'string') texts.add(toKey(value));
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) collect(member, numbers, texts);
  }
}

function restored(after: unknown, before: unknown, movable: ReadonlyMap<string, ExactNumber>): unknown {
  if (typeof after === 'string' || typeof after === 'number') {
    const key = toKey(String(after));
    if (before instanceof ExactNumber && toKey(before.text) === key) return before;
    return typeof after === 'string' && typeof before !== 'string' ? (movable.get(key) ?? after) : after;
  }
  if (typeof after !== 'object' || after === null) return after;
  const memberOf = (name: string | number): unknown =>
    typeof before === 'object' && before !== null && Object.hasOwn(before, name)
      ? (before as Record<string | number, unknown>)[name]
      : undefined;
  if (Array.isArray(after)) return after.map((member, n) => restored(member, memberOf(n), movable));
  return Object.fromEntries(
    Object.entries(after).map(([name, member]) => [name, restored(member, memberOf(name), movable)]),
  );
}

/** Equal for texts of one value. */
const toKey = (text: string): string => toDecimal(text) ?? text;
