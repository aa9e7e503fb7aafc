import { fromMicros } from 'feedmill/pipeline';
import type { ProblemDetail } from '../common/index.js';

/** A row of reference data, reduced to what the rules of versions need. */
export interface ValidRow {
  /** What rows must share to be about the same thing. Together with `validFrom` it identifies a row. */
  readonly group: string;
  /** Microseconds since 1970, inclusive; -Infinity where open. */
  readonly validFrom: number;
  /** Exclusive; Infinity where open. */
  readonly validTo: number;
  /** All the rest, in one canonical form: equal texts are equal rows. */
  readonly content: string;
  /** How a message names the row. */
  readonly label: string;
}

/** A row of a request; `pointer` is its place there. */
export interface IncomingRow extends ValidRow {
  readonly pointer: string;
}

/** A row of the database that is true now. */
export interface LiveRow extends ValidRow {
  readonly id: number;
}

/** What a request does to the rows that are true now. */
export interface RowChange<Incoming> {
  /** Ids of rows that end with this change, with or without a successor. */
  readonly closes: readonly number[];
  readonly inserts: readonly Incoming[];
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Rows that end without a successor. */
  readonly closed: number;
  /** Each row that begins or ends, as it was and as it becomes. */
  readonly steps: readonly RowStep[];
}

export interface RowStep {
  readonly before: ValidRow | null;
  readonly after: ValidRow | null;
}

/**
 * Brings incoming rows beside the live ones: a row of the same group and `validFrom` is replaced unless it is equal.
 * @param clashes finds what must not be valid at one time among the rows as they would be
 */
export function planUpsert<Live extends LiveRow, Incoming extends IncomingRow>(
  live: readonly Live[],
  incoming: readonly Incoming[],
  clashes: (rows: readonly (Live | Incoming)[]) => Iterable<readonly [Live | Incoming, Live | Incoming]>,
  problems: ProblemDetail[],
): RowChange<Incoming> {
  const rows = new Map<string, Live | Incoming>(live.map((row) => [identityOf(row), row]));
  const closes: number[] = [];
  const inserts: Incoming[] = [];
  const steps: RowStep[] = [];
  for (const row of incoming) {
    const identity = identityOf(row);
    const present = rows.get(identity);
    if (present && isIncoming(present)) {
      problems.push({
        pointer: row.pointer,
        code: 'repeated',
        message: `is the same row as ${present.pointer}`,
      });
    } else if (!present || !isEqual(present, row)) {
      if (present) closes.push(present.id);
      inserts.push(row);
      steps.push({ before: present ?? null, after: row });
      rows.set(identity, row);
    }
  }
  for (const [a, b] of clashes([...rows.values()])) {
    const [row, other] = isIncoming(a) ? [a, b] : [b, a];
    if (!isIncoming(row)) continue;
    const where = isIncoming(other) ? `${other.pointer}: ${other.label}` : `the stored row: ${other.label}`;
    problems.push({ pointer: row.pointer, code: 'overlap', message: `${row.label}, overlaps ${where}` });
  }
  const changed = closes.length;
  const created = inserts.length - changed;
  return { closes, inserts, created, changed, unchanged: incoming.length - inserts.length, closed: 0, steps };
}

/**
 * Adds what is wrong among the good rows of a request that is refused for other rows, so that it is told all at once.
 * Adds nothing where nothing is wrong yet (`planUpsert` will see), or where something is that concerns all rows.
 */
export function addClashes<Live extends LiveRow, Incoming extends IncomingRow>(
  incoming: readonly Incoming[],
  clashes: (rows: readonly (Live | Incoming)[]) => Iterable<readonly [Live | Incoming, Live | Incoming]>,
  problems: ProblemDetail[],
): void {
  const bad = new Set(problems.map(({ pointer }) => ROW_POINTER.exec(pointer)?.[0]));
  if (problems.length === 0 || bad.has(undefined)) return;
  const good = incoming.filter(({ pointer }) => !bad.has(pointer));
  planUpsert<Live, Incoming>([], good, clashes, problems);
}

/** `/rows/3` of `/rows/3/validFrom`. */
const ROW_POINTER = /^\/[a-z]+\/\d+/;

/** Ends the live rows that the incoming ones name; one that is not there is a problem. */
export function planClose<Incoming extends IncomingRow>(
  live: readonly LiveRow[],
  incoming: readonly Incoming[],
  problems: ProblemDetail[],
): RowChange<Incoming> {
  const rows = new Map(live.map((row) => [identityOf(row), row]));
  const closes: number[] = [];
  const steps: RowStep[] = [];
  for (const row of incoming) {
    const present = rows.get(identityOf(row));
    if (present) {
      closes.push(present.id);
      steps.push({ before: present, after: null });
    } else
      problems.push({
        pointer: row.pointer,
        code: 'not_found',
        message: 'there is no such row, or it is named twice',
      });
    rows.delete(identityOf(row));
  }
  return { closes, inserts: [], created: 0, changed: 0, unchanged: 0, closed: closes.length, steps };
}

/** Rows of one group whose validities overlap. */
export function* overlapsInGroups<Row extends ValidRow>(
  rows: readonly Row[],
): Generator<readonly [Row, Row]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const { group } = row;
    const members = groups.get(group);
    if (members) members.push(row);
    else groups.set(group, [row]);
  }
  for (const members of groups.values()) {
    if (members.length === 1) continue;
    members.sort((a, b) => a.validFrom - b.validFrom || a.validTo - b.validTo);
    let last = members[0]!;
    for (const row of members.slice(1)) {
      if (row.validFrom < last.validTo) yield [row, last];
      if (row.validTo > last.validTo) last = row;
    }
  }
}

export function isOverlapping(a: ValidRow, b: ValidRow): boolean {
  return a.validFrom < b.validTo && b.validFrom < a.validTo;
}

/** `valid from 2026-01-01T00:00:00Z`, for messages. */
export function validityLabel({ validFrom, validTo }: Pick<ValidRow, 'validFrom' | 'validTo'>): string {
  if (validFrom === -Infinity)
    return validTo === Infinity ? 'always valid' : `valid until ${fromMicros(validTo)}`;
  return `valid from ${fromMicros(validFrom)}${validTo === Infinity ? '' : ` to ${fromMicros(validTo)}`}`;
}

export function identityOf({ group, validFrom }: ValidRow): string {
  return `${validFrom}\n${group}`;
}

const isEqual = (a: ValidRow, b: ValidRow): boolean => a.validTo === b.validTo && a.content === b.content;

const isIncoming = (row: LiveRow | IncomingRow): row is IncomingRow => 'pointer' in row;
