import type { Mill } from './mill.js';
import type { Posted } from './posting.js';
import type { Kind, SentRecord } from './records.js';

const LETTERS = { i: 'imported', e: 'exception', s: 'skipped', d: 'duplicate' } as const;
type Letter = keyof typeof LETTERS;

const CODES: Partial<Record<Kind, string>> = {
  unknown: 'identifier_not_found',
  bad: 'invalid_value',
  crash: 'step_crashed',
};
/** What a process says that was not written with care. */
const ACCIDENT = /unhandled|uncaught|ERR_UNHANDLED|TypeError|ReferenceError|deprecat/i;

const VALUE_DIGITS = 3;
const AMOUNT_DIGITS = 8;

export interface Expectation {
  /** What a good record must cost; by default what it says itself. */
  readonly amountOf?: (posted: Posted, record: SentRecord) => bigint;
  /** Imports of the feeds that are not among those posted. */
  readonly otherImports?: number;
}

/**
 * The oracle of the fault tests: what the ledger holds is exactly what follows from what was accepted.
 * Each record has one verdict, no key is live twice, values and amounts agree with integer arithmetic
 * that has nothing of the product in it, counts are those of the rows, nothing is there that was not
 * sent, and no process met an accident.
 */
export async function verify(
  mill: Mill,
  posted: readonly Posted[],
  expectation: Expectation = {},
): Promise<void> {
  const feeds = [...new Set(posted.map(({ feed }) => feed))];
  const problems = new Problems();
  const stored = await readStored(mill, feeds);
  problems.compare('imports of the feeds', stored.size, posted.length + (expectation.otherImports ?? 0));
  const fates: Fate[] = [];
  for (const one of posted) {
    const found = stored.get(one.trackingId);
    if (!found) problems.add(`${one.trackingId} was accepted and is not there`);
    else fates.push(...checkImport(one, found, problems, expectation));
  }
  checkKeys(fates, problems);
  checkSums(fates, stored, problems);
  await checkCells(mill, feeds, fates, problems);
  await checkApi(mill, posted, stored, problems);
  for (const { role, line } of accidents(mill)) problems.add(`the ${role} met an accident: ${line}`);
  problems.throwIfAny();
}

/** A record of an import and how it ended. */
interface Fate {
  readonly feed: string;
  readonly record: SentRecord;
  readonly letter: Letter;
}

interface StoredImport {
  readonly status: string;
  readonly total: number;
  readonly counts: Readonly<Record<(typeof LETTERS)[Letter], number>>;
  readonly verdicts: string;
  /** Indexes of the records that `details` tells about. */
  readonly details: readonly number[];
  readonly usage: readonly {
    index: number;
    part: number;
    kind: number;
    key: string;
    value: string;
    amount: string;
  }[];
  readonly exceptions: readonly { index: number; code: string; raw: string }[];
}

async function readStored(mill: Mill, feeds: readonly string[]): Promise<Map<string, StoredImport>> {
  const rows = await mill.query<StoredImport & { trackingId: string }>(STORED, [feeds]);
  return new Map(rows.map((row) => [row.trackingId, row]));
}

const STORED = `
SELECT i.tracking_id AS "trackingId", i.status, i.total,
  jsonb_build_object('imported', i.imported, 'exception', i.exception, 'skipped', i.skipped, 'duplicate', i.duplicate) AS counts,
  (SELECT coalesce(string_agg(c.verdicts, '' ORDER BY c.first_index), '') FROM chunk c WHERE c.import_id = i.id) AS verdicts,
  (SELECT coalesce(jsonb_agg(d->0), '[]') FROM chunk c, jsonb_array_elements(c.details) d WHERE c.import_id = i.id) AS details,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('index', u.record_index, 'part', u.part, 'kind', u.kind, 'key', u.usage_key,
     'value', u.value::text, 'amount', u.amount::text) ORDER BY u.record_index), '[]') FROM usage u WHERE u.import_id = i.id) AS usage,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('index', x.record_index, 'code', x.code, 'raw', x.raw) ORDER BY x.record_index), '[]')
     FROM exception x WHERE x.import_id = i.id) AS exceptions
FROM import i JOIN feed f ON f.id = i.feed_id WHERE f.api_name = ANY($1)`;

function checkImport(
  posted: Posted,
  found: StoredImport,
  problems: Problems,
  expectation: Expectation,
): Fate[] {
  const { records, trackingId } = posted;
  const at = (index: number) => `record ${index} of ${trackingId}`;
  const letters = [...found.verdicts] as Letter[];
  problems.compare(`status of ${trackingId}`, found.status, 'completed');
  problems.compare(`total of ${trackingId}`, found.total, records.length);
  problems.compare(`verdicts of ${trackingId}`, letters.length, records.length);
  for (const [letter, name] of Object.entries(LETTERS)) {
    const count = letters.filter((l) => l === letter).length;
    problems.compare(`${name} of ${trackingId}`, found.counts[name], count);
  }
  const indexesOf = (...wanted: Letter[]) =>
    letters.flatMap((l, index) => (wanted.includes(l) ? [index] : []));
  const rowsOf = (rows: readonly { index: number }[]) => rows.map(({ index }) => index);
  problems.compare(`usage rows of ${trackingId}`, rowsOf(found.usage), indexesOf('i'));
  problems.compare(`exception rows of ${trackingId}`, rowsOf(found.exceptions), indexesOf('e'));
  problems.compare(
    `details of ${trackingId}`,
    [...found.details].sort((a, b) => a - b),
    indexesOf('s', 'd'),
  );
  for (const { index, part, kind, key, value, amount } of found.usage) {
    const record = records[index];
    if (!record) continue;
    const cost = expectation.amountOf?.(posted, record) ?? record.amount;
    problems.compare(`usage key of ${at(index)}`, [key, part, kind], [record.key, 0, 0]);
    problems.compare(`value of ${at(index)}`, toInteger(value, VALUE_DIGITS), record.value);
    problems.compare(`amount of ${at(index)}`, toInteger(amount, AMOUNT_DIGITS), cost);
  }
  for (const { index, code, raw } of found.exceptions) {
    const record = records[index];
    if (!record) continue;
    problems.compare(`code of ${at(index)}`, code, CODES[record.kind]);
    problems.compare(`raw form of ${at(index)}`, JSON.parse(raw), record.json);
  }
  return records.map((record, index) => ({ feed: posted.feed, record, letter: letters[index]! }));
}

/** Of all deliveries of one record, which verdicts there must be. */
const FATE_OF: Readonly<Record<Kind, (times: number) => string>> = {
  good: (times) => 'd'.repeat(times - 1) + 'i',
  unknown: (times) => 'd'.repeat(times - 1) + 'e',
  bad: (times) => 'd'.repeat(times - 1) + 'e',
  zero: (times) => 's'.repeat(times),
  crash: (times) => 'e'.repeat(times),
};

const keyOf = ({ feed, record }: Fate) => `${feed}/${record.key}`;

function checkKeys(fates: readonly Fate[], problems: Problems): void {
  for (const [key, same] of groupBy(fates, keyOf)) {
    const letters = same.map(({ letter }) => letter).sort();
    problems.compare(`verdicts of ${key}`, letters.join(''), FATE_OF[same[0]!.record.kind](same.length));
  }
}

/** Values in = imported + exception + skipped + duplicate, each as the database has it. */
function checkSums(
  fates: readonly Fate[],
  stored: ReadonlyMap<string, StoredImport>,
  problems: Problems,
): void {
  const sumOf = (values: readonly bigint[]) => values.reduce((sum, value) => sum + value, 0n);
  const sent = (...letters: Letter[]) =>
    sumOf(fates.filter(({ letter }) => letters.includes(letter)).map(({ record }) => record.value));
  const rows = [...stored.values()];
  const imported = sumOf(
    rows.flatMap(({ usage }) => usage.map(({ value }) => toInteger(value, VALUE_DIGITS))),
  );
  const exception = sumOf(rows.flatMap(({ exceptions }) => exceptions.map(({ raw }) => valueSent(raw))));
  problems.compare('sum of values', imported + exception + sent('s', 'd'), sent('i', 'e', 's', 'd'));
}

function valueSent(raw: string): bigint {
  const { Value } = JSON.parse(raw) as { Value: unknown };
  return typeof Value === 'number' ? BigInt(Math.round(Value * 10 ** VALUE_DIGITS)) : 0n;
}

/** Live keys in the cells and in the ledger: each good record's once, and no other. */
async function checkCells(
  mill: Mill,
  feeds: readonly string[],
  fates: readonly Fate[],
  problems: Problems,
): Promise<void> {
  const wanted = new Set(fates.filter(({ record }) => record.kind === 'good').map(keyOf)).size;
  const [found] = await mill.query<{ rows: number; keys: number; live: number }>(
    `WITH f AS (SELECT id, key_scope_id FROM feed WHERE api_name = ANY($1))
     SELECT (SELECT count(*)::int FROM usage WHERE feed_id IN (SELECT id FROM f)) AS rows,
       (SELECT count(DISTINCT (feed_id, usage_key))::int FROM usage WHERE feed_id IN (SELECT id FROM f)) AS keys,
       (SELECT count(*)::int FROM key_cell WHERE state = 1 AND scope_id IN (SELECT key_scope_id FROM f)) AS live`,
    [feeds],
  );
  problems.compare('usage rows, keys among them, live keys', found, {
    rows: wanted,
    keys: wanted,
    live: wanted,
  });
}

/** What the API says of an import is what the rows say. */
async function checkApi(
  mill: Mill,
  posted: readonly Posted[],
  stored: ReadonlyMap<string, StoredImport>,
  problems: Problems,
): Promise<void> {
  for (const { trackingId } of posted) {
    const found = stored.get(trackingId);
    if (!found) continue;
    const { counts, usageCount } = await mill.api.get(`/api/v1/imports/${trackingId}`);
    problems.compare(`counts of ${trackingId} by the API`, counts, {
      total: found.total,
      ...found.counts,
      pending: 0,
    });
    problems.compare(`usage count of ${trackingId} by the API`, usageCount, found.usage.length);
  }
}

function accidents(mill: Mill): { role: string; line: string }[] {
  return mill.servers.flatMap((server) => {
    const role = server === mill.server ? 'API' : 'worker';
    const lines = server
      .log()
      .split('\n')
      .filter((line) => ACCIDENT.test(line));
    return lines
      .map((line) => ({ role, line }))
      .concat(server.isRunning ? [] : [{ role, line: 'it does not run' }]);
  });
}

function toInteger(decimal: string, digits: number): bigint {
  const [whole, fraction = ''] = decimal.split('.');
  if (/[^0]/.test(fraction.slice(digits))) throw new Error(`${decimal} has more than ${digits} digits`);
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

function groupBy<T>(items: readonly T[], keyOfItem: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOfItem(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Everything that is wrong, told at once. */
class Problems {
  private readonly found: string[] = [];

  add(problem: string): void {
    this.found.push(problem);
  }

  compare(what: string, found: unknown, wanted: unknown): void {
    const [a, b] = [canonical(found), canonical(wanted)];
    if (a !== b) this.add(`${what}: ${a}, expected ${b}`);
  }

  throwIfAny(): void {
    if (this.found.length === 0) return;
    const more = this.found.length > 20 ? `\n  and ${this.found.length - 20} more` : '';
    throw new Error(`The ledger is wrong:\n  ${this.found.slice(0, 20).join('\n  ')}${more}`);
  }
}

/** JSON with members in one order; integers of any size. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'bigint') return String(member);
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
