import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type RejectResult, type UsageEntry, type UsageResult, toMicros } from 'feedmill/pipeline';
import { toStoredField } from '../../database/child.js';
import type { ClosedPeriod } from './closed-period.js';
import { copyBytes, copyText, numberArray } from './copy-text.js';
import { fingerprint } from './fingerprint.js';
import type { LiveEntry, RecordRef } from './verdict.js';

const USAGE_COLUMNS = `import_id, posting_id, produced_by, date, rate_id, cost_rate_id, identifier_id, record_index, feed_id,
  profile_version_id, primary_data_row, part, generation, kind, flags, value, quantity, unit_price, amount, currency, time_zone,
  usage_key, identifier_type, originating_identifier, terminating_identifier, usage_identifier, usage_class, usage_class_type,
  resolved_field, account_id, service_id, extensions, cost_quantity, cost_unit_price, cost_amount, cost_currency`;

const FLAG = { inbound: 1, reverseRating: 2, late: 4, test: 8 } as const;

/** What all usage rows of a batch share. */
export interface UsageBatch {
  readonly feedId: number;
  readonly profileVersionId: number;
  readonly postingId: number;
  readonly isTest: boolean;
  /** What is dated in it is posted late. */
  readonly closed: ClosedPeriod | null;
  /** The import of a correction; null: records are those of their own import. */
  readonly correctionId: number | null;
}

/** The COPY lines of a record's entries, one for each part. */
export function usageLines(
  batch: UsageBatch,
  ref: RecordRef,
  result: UsageResult,
  generation: number,
): string {
  return result.parts
    .map((entry, part) => usageLine(batch, ref, result.key, entry, part, generation))
    .join('');
}

function usageLine(
  batch: UsageBatch,
  ref: RecordRef,
  key: string | null,
  entry: UsageEntry,
  part: number,
  generation: number,
): string {
  const { rating, cost, resolvedIdentifier: resolved } = entry;
  const flags =
    (entry.inbound ? FLAG.inbound : 0) |
    (entry.reverseRating ? FLAG.reverseRating : 0) |
    (batch.closed && toMicros(entry.date) < batch.closed.untilMicros ? FLAG.late : 0) |
    (batch.isTest ? FLAG.test : 0);
  const columns = [
    ref.importId,
    batch.postingId,
    batch.correctionId ?? ref.importId,
    entry.date,
    rating?.rateId ?? '\\N',
    cost?.rateId ?? '\\N',
    resolved?.identifierId ?? '\\N',
    ref.index,
    batch.feedId,
    batch.profileVersionId,
    entry.primaryDataRow ?? '\\N',
    part,
    generation,
    0,
    flags,
    entry.value,
    rating?.quantity ?? '\\N',
    rating?.unitPrice ?? '\\N',
    rating?.amount ?? '\\N',
    rating?.currency ?? '\\N',
    copyText(entry.timeZone),
    copyText(key),
    copyText(entry.identifierType),
    copyText(entry.originatingIdentifier),
    copyText(entry.terminatingIdentifier),
    copyText(entry.usageIdentifier),
    copyText(entry.usageClass),
    copyText(entry.usageClassType),
    resolved ? copyText(toStoredField(resolved.field)) : '\\N',
    copyText(entry.accountId),
    copyText(entry.serviceId),
    entry.extensions === '{}' ? '\\N' : copyText(entry.extensions),
    cost?.quantity ?? '\\N',
    cost?.unitPrice ?? '\\N',
    cost?.amount ?? '\\N',
    cost?.currency ?? '\\N',
  ];
  return columns.join('\t') + '\n';
}

export async function copyUsage(client: Client, lines: readonly string[]): Promise<void> {
  await copy(client, `COPY usage (${USAGE_COLUMNS}) FROM STDIN`, lines);
}

/** What a reversal has of its own; all else it repeats. */
const REVERSED: Readonly<Record<string, string>> = {
  posting_id: '$1::bigint',
  produced_by: 'r.produced_by',
  kind: '1',
  flags: `u.flags & ~${FLAG.late} | CASE WHEN u.date < f.closed_until THEN ${FLAG.late} ELSE 0 END`,
  value: '-u.value',
  quantity: '-u.quantity',
  amount: '-u.amount',
  cost_quantity: '-u.cost_quantity',
  cost_amount: '-u.cost_amount',
};

const REVERSE = `INSERT INTO usage (${USAGE_COLUMNS})
  SELECT ${USAGE_COLUMNS.split(/,\s*/)
    .map((column) => REVERSED[column] ?? `u.${column}`)
    .join(', ')}
  FROM unnest($2::bigint[], $3::int[], $4::int[], $5::bigint[]) AS r(import_id, record_index, generation, produced_by)
  CROSS JOIN LATERAL (
    SELECT * FROM usage
    WHERE import_id = r.import_id AND record_index = r.record_index AND generation = r.generation AND kind = 0
    OFFSET 0 -- entry by entry: else the planner may begin with all entries, and look for each among the reversals
  ) AS u
  JOIN feed f ON f.id = u.feed_id
  WHERE (f.late_usage = 'exception' AND u.date < f.closed_until) IS NOT TRUE`;

/** What is taken back, and the import that does it. */
export interface Reversal {
  readonly of: LiveEntry;
  readonly by: number;
}

/**
 * Takes entries back: each part gets a reversal. They must be in the ledger by now.
 * @returns how many reversals were written: fewer parts than there were where retention or the close of a period was quicker
 */
export async function reverseUsage(
  client: Client,
  { postingId }: Pick<UsageBatch, 'postingId'>,
  reversals: readonly Reversal[],
): Promise<number> {
  if (reversals.length === 0) return 0;
  const { rowCount } = await client.query({
    name: 'reverse-usage',
    text: REVERSE,
    values: [
      postingId,
      numberArray(reversals.map((r) => r.of.ref.importId)),
      numberArray(reversals.map((r) => r.of.ref.index)),
      numberArray(reversals.map((r) => r.of.generation)),
      numberArray(reversals.map((r) => r.by)),
    ],
  });
  return rowCount ?? 0;
}

const EXCEPTION_COLUMNS = `import_id, record_index, produced_by, feed_id, stage, step, code, field, message, details,
  missing_kind, missing_type, missing_value, fingerprint, usage_key, raw, record, is_test, attempt`;

/**
 * The COPY line of a rejected record.
 * @param raw its JSON text as sent
 * @param attempt counted from 0, where the record was decided again
 */
export function exceptionLine(
  { feedId, isTest, correctionId }: Pick<UsageBatch, 'feedId' | 'isTest' | 'correctionId'>,
  ref: RecordRef,
  result: RejectResult,
  raw: string,
  attempt = 0,
): string {
  const { code, message, field, details, missing } = result.rejection;
  const columns = [
    ref.importId,
    ref.index,
    correctionId ?? ref.importId,
    feedId,
    result.stage,
    copyText(result.step),
    copyText(code),
    copyText(field),
    copyText(message),
    details ? copyText(JSON.stringify(details)) : '\\N',
    missing ? missing.kind : '\\N',
    copyText(missing?.type),
    copyText(missing?.value),
    copyBytes(fingerprint(code, result.step, field ?? null, message)),
    copyText(result.key),
    copyText(raw),
    copyText(result.record),
    isTest ? 't' : 'f',
    attempt,
  ];
  return columns.join('\t') + '\n';
}

export async function copyExceptions(client: Client, lines: readonly string[]): Promise<void> {
  await copy(client, `COPY exception (${EXCEPTION_COLUMNS}) FROM STDIN`, lines);
}

/** A record that is rejected once more. */
export interface Rejection {
  readonly ref: RecordRef;
  readonly line: string;
}

/** Writes attempts of exceptions that are there: they keep the moment of the first one. */
export async function copyAttempts(client: Client, attempts: readonly Rejection[]): Promise<void> {
  if (attempts.length === 0) return;
  const { rows } = await client.query<{ created_at: string; now: string }>({
    name: 'first-rejections',
    text: `SELECT (
        SELECT created_at FROM exception WHERE import_id = r.import_id AND record_index = r.record_index
        ORDER BY attempt LIMIT 1
      ) AS created_at, clock_timestamp() AS now
      FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS r(import_id, record_index, n) ORDER BY n`,
    values: [
      numberArray(attempts.map(({ ref }) => ref.importId)),
      numberArray(attempts.map(({ ref }) => ref.index)),
    ],
  });
  await copy(
    client,
    `COPY exception (${EXCEPTION_COLUMNS}, created_at, rejected_at) FROM STDIN`,
    attempts.map(({ line }, n) => `${line.slice(0, -1)}\t${rows[n]!.created_at}\t${rows[n]!.now}\n`),
  );
}

/** An open exception that is moot, and the import that made it so. */
export interface Superseded {
  readonly of: RecordRef;
  readonly by: number;
}

/** Closes open exceptions that a later record of their key has made moot. */
export async function supersede(client: Client, pairs: readonly Superseded[]): Promise<void> {
  if (pairs.length === 0) return;
  await client.query(
    `INSERT INTO exception_state AS t (import_id, record_index, status, resolved_by)
     SELECT u.import_id, u.record_index, 'superseded', u.resolved_by
     FROM unnest($1::bigint[], $2::int[], $3::bigint[]) AS u(import_id, record_index, resolved_by)
     ON CONFLICT (import_id, record_index) DO UPDATE
       SET status = 'superseded', resolved_by = EXCLUDED.resolved_by, changed_at = EXCLUDED.changed_at,
         reason = NULL, changed_by = NULL
       WHERE t.status = 'open'`,
    [
      numberArray(pairs.map((p) => p.of.importId)),
      numberArray(pairs.map((p) => p.of.index)),
      numberArray(pairs.map((p) => p.by)),
    ],
  );
}

async function copy(client: Client, statement: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await pipeline(Readable.from([Buffer.from(lines.join(''))]), client.query(copyFrom(statement)));
}
