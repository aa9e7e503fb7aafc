/** An entry of the ledger: its origin, the generation of its key, and whether it is the reversal. */
export interface UsageRef {
  readonly kind: 'usage' | 'reversal';
  readonly importId: number;
  readonly index: number;
  readonly part: number;
  readonly generation: number;
}

/** A record by the place where it was first accepted. */
export interface RecordPlace {
  readonly importId: number;
  readonly index: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const USAGE_ID = /^([ur])(\d{1,16})-(\d{1,10})-(\d{1,5})-(\d{1,5})$/;
const EXCEPTION_ID = /^e(\d{1,16})-(\d{1,10})$/;
const MAX_INTEGER = 2 ** 31 - 1;
const MAX_SMALLINT = 2 ** 15 - 1;

export function isTrackingId(text: string): boolean {
  return UUID.test(text);
}

export function toUsageId({ kind, importId, index, part, generation }: UsageRef): string {
  return `${kind === 'usage' ? 'u' : 'r'}${importId}-${index}-${part}-${generation}`;
}

export function toExceptionId({ importId, index }: RecordPlace): string {
  return `e${importId}-${index}`;
}

/** What an id stands for; null for what is no id of ours, also where it could not be stored. */
export function parseUsageId(id: string): UsageRef | null {
  const [, letter, ...digits] = USAGE_ID.exec(id) ?? [];
  const [importId, index, part, generation] = digits.map(Number) as [number, number, number, number];
  if (!letter || !isPlace(importId, index) || part > MAX_SMALLINT || generation > MAX_SMALLINT) return null;
  const ref: UsageRef = { kind: letter === 'u' ? 'usage' : 'reversal', importId, index, part, generation };
  return toUsageId(ref) === id ? ref : null;
}

export function parseExceptionId(id: string): RecordPlace | null {
  const [, importId, index] = (EXCEPTION_ID.exec(id) ?? []).map(Number) as [number, number, number];
  if (importId === undefined || !isPlace(importId, index)) return null;
  return toExceptionId({ importId, index }) === id ? { importId, index } : null;
}

/** The index of a record in a path; null for what is none. */
export function parseIndex(text: string): number | null {
  return /^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= MAX_INTEGER ? Number(text) : null;
}

function isPlace(importId: number, index: number): boolean {
  return Number.isSafeInteger(importId) && index <= MAX_INTEGER;
}
