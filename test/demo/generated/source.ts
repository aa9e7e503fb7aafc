import type { Random } from '../../faults/support/random.js';
import type { Policy, Sent } from './oracle.js';
import { iso } from './wall-clock.js';

/** Whose an identifier is, until when and from then on. */
export interface Owned {
  readonly type: string;
  readonly value: string;
  readonly owner: string;
  readonly next: { readonly owner: string; readonly from: number } | null;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A generator of one feed's records: `Facts` are what a record says, before it is written. */
export interface Source<Facts> {
  readonly feed: string;
  readonly random: Random;
  readonly policy: Policy;
  readonly as?: 'cloudevents';
  readonly owned: readonly Owned[];
  /** The facts of record n of `count`; later ones have later dates, mostly. */
  make(n: number, count: number): Facts;
  /** The same usage key with other usage. */
  change(facts: Facts): Facts;
  /** What the source sends of it some time later by itself: an actual, a delivery, a withdrawal. */
  follow?(facts: Facts): Facts | null;
  /** @param again spell it in another way, where there is one */
  write(facts: Facts, again: boolean): Sent;
}

export const PER_IMPORT = 1000;
const RESENT = 0.02;
const CHANGED = 0.1;
const LATE = 0.01;
const TRANSFERRED = 0.05;

/** Identifiers of which one in twenty changes hands at one of the given moments. */
export function owners(
  random: Random,
  type: string,
  values: readonly string[],
  moments: readonly number[],
  prefix: string,
): Owned[] {
  const owner = () => `${prefix}-${random.integer(1, 40)}`;
  const transfers = Math.max(1, Math.round(values.length * TRANSFERRED));
  return values.map((value, n) => {
    const next = n < transfers ? { owner: `${owner()}-new`, from: random.pick(moments) } : null;
    return { type, value, owner: owner(), next };
  });
}

/** Of an identifier's transfer more usage lies near it than chance would have it: it is taken more often. */
export const pickOwned = (random: Random, owned: readonly Owned[]): Owned =>
  random.next() < 0.2
    ? owned[random.integer(0, Math.max(0, Math.ceil(owned.length * TRANSFERRED) - 1))]!
    : random.pick(owned);

export const ownerAt = ({ owner, next }: Owned, ms: number): string =>
  next && ms >= next.from ? next.owner : owner;

/** Rows for `PUT /identifiers`. */
export function identifierRows(owned: readonly Owned[]): object[] {
  return owned.flatMap(({ type, value, owner, next, attributes = {} }) => {
    const row = { type, value, attributes };
    if (!next) return [{ ...row, accountId: owner, serviceId: `${owner}-s` }];
    const at = iso(next.from);
    return [
      { ...row, accountId: owner, serviceId: `${owner}-s`, validTo: at },
      { ...row, attributes: {}, accountId: next.owner, serviceId: `${next.owner}-s`, validFrom: at },
    ];
  });
}

/** All that is sent, import by import. */
export function compose<Facts>(source: Source<Facts>, count: number): Sent[][] {
  const { random } = source;
  const placed: { at: number; sent: Sent }[] = [];
  const make = Math.floor(count * (1 - RESENT));
  for (let n = 0; n < make && placed.length < count; n++) {
    const facts = source.make(n, make);
    const late = random.next() < LATE ? random.integer(PER_IMPORT, 3 * PER_IMPORT) : 0;
    const at = n + late;
    placed.push({ at, sent: source.write(facts, false) });
    const next = source.follow?.(facts) ?? null;
    if (next) placed.push({ at: at + random.integer(1, 2 * PER_IMPORT), sent: source.write(next, false) });
    if (random.next() >= RESENT / (1 - RESENT)) continue;
    const isChanged = random.next() < CHANGED;
    const sent = source.write(isChanged ? source.change(facts) : facts, true);
    placed.push({ at: at + random.integer(1, 3 * PER_IMPORT), sent });
  }
  const order = placed.sort((a, b) => a.at - b.at).map(({ sent }) => sent);
  return Array.from({ length: Math.ceil(order.length / PER_IMPORT) }, (_, n) =>
    order.slice(n * PER_IMPORT, (n + 1) * PER_IMPORT),
  );
}
