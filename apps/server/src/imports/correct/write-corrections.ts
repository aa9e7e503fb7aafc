import type { Client } from 'pg';
import { type RejectResult, toJsonText } from 'feedmill/pipeline';
import { BrokenElement } from '../envelope/index.js';
import type { Item } from '../run/conflict-rules.js';
import { numberArray, textArray } from '../run/copy-text.js';
import { type Posted, postUsage } from '../run/post-usage.js';
import { placeColumns } from '../run/posting.js';
import type { StoreFacts } from '../run/store.js';
import {
  type Rejection,
  type Reversal,
  copyAttempts,
  copyExceptions,
  exceptionLine,
  supersede,
} from '../run/store-rows.js';
import { type RecordRef, isSameRecord } from '../run/verdict.js';
import type { CorrectionItem } from './decide-corrections.js';

/** What a correction added to the ledger, by currency: decimal texts. */
export type Difference = Readonly<Record<string, string>>;

/** What a correction writes with. */
export interface CorrectionFacts extends Omit<StoreFacts, 'correctionId' | 'token'> {
  readonly correctionId: number;
}

/**
 * Writes new entries and reversals.
 * @returns what they add up to
 */
export async function writeCorrectedUsage(
  client: Client,
  facts: CorrectionFacts,
  items: readonly CorrectionItem[],
): Promise<Difference> {
  const reversals = items.flatMap((item) => reversalsOf(item, facts.correctionId));
  const posted = await postUsage(client, facts, items, reversals);
  return posted ? sumOf(client, posted) : {};
}

/** A record takes back its own usage, that of another in whose place it comes, or both. */
function reversalsOf({ ref, decision, redecision }: CorrectionItem, by: number): Reversal[] {
  const { takesBack } = redecision!;
  const { reverses } = decision!;
  const ofOther = reverses && !isSameRecord(reverses.ref, ref) ? reverses : null;
  return [takesBack, ofOther].flatMap((of) => (of ? [{ of, by }] : []));
}

async function sumOf(client: Client, { postingId, refs }: Posted): Promise<Difference> {
  const { rows } = await client.query<{ currency: string; amount: string }>({
    name: 'sum-of-posting',
    text: `SELECT u.currency, trim_scale(sum(u.amount))::text AS amount
      FROM unnest($2::bigint[], $3::int[], $4::int[]) AS r(import_id, first, last)
      CROSS JOIN LATERAL (
        SELECT currency, amount FROM usage
        WHERE import_id = r.import_id AND record_index >= r.first AND record_index <= r.last AND posting_id = $1
      ) u
      WHERE u.currency IS NOT NULL GROUP BY u.currency ORDER BY u.currency`,
    values: [postingId, ...placeColumns(refs, 1)],
  });
  return Object.fromEntries(rows.map(({ currency, amount }) => [currency, amount]));
}

/** There is no room for more attempts (smallint): the last one goes on saying why a record is an exception. */
const MAX_ATTEMPT = 32_767;

/**
 * Writes a further attempt for each record that is an exception now, and where the exceptions of all of them stand.
 * @param sentOf what was sent of a record of the correction, by position
 */
export async function writeCorrectedExceptions(
  client: Client,
  facts: CorrectionFacts,
  items: readonly CorrectionItem[],
  refusals: ReadonlyMap<Item, RejectResult>,
  sentOf: (position: number) => unknown,
): Promise<void> {
  const first: string[] = [];
  const again: Rejection[] = [];
  const states: State[] = [];
  items.forEach((item, position) => {
    const { ref, result, redecision, standing } = item;
    const status = redecision?.exception;
    if (!status) return;
    const known = standing!.exception;
    let attempt = known?.attempt ?? 0;
    if (status !== 'reprocessed' && attempt < MAX_ATTEMPT) {
      if (known) attempt++;
      const rejected = refusals.get(item) ?? (result as RejectResult);
      const sent = sentOf(position);
      const raw = toJsonText(sent instanceof BrokenElement ? sent.raw : sent);
      const line = exceptionLine(facts, ref, rejected, raw, attempt);
      if (known) again.push({ ref, line });
      else first.push(line);
    }
    states.push({ ref, status, attempt, resolvedBy: status === 'reprocessed' ? facts.correctionId : null });
  });
  await copyExceptions(client, first);
  await copyAttempts(client, again);
  await writeStates(client, states);
  const moot = items.flatMap(({ decision }) => decision!.supersedes ?? []);
  await supersede(
    client,
    moot.map((of) => ({ of, by: facts.correctionId })),
  );
}

interface State {
  readonly ref: RecordRef;
  readonly status: 'open' | 'reprocessed';
  readonly attempt: number;
  readonly resolvedBy: number | null;
}

async function writeStates(client: Client, states: readonly State[]): Promise<void> {
  if (states.length === 0) return;
  await client.query({
    name: 'write-exception-states',
    text: `INSERT INTO exception_state (import_id, record_index, status, attempt, resolved_by)
      SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $4::smallint[], $5::bigint[])
      ON CONFLICT (import_id, record_index) DO UPDATE
        SET status = EXCLUDED.status, attempt = EXCLUDED.attempt, resolved_by = EXCLUDED.resolved_by,
          reason = NULL, changed_by = NULL, changed_at = EXCLUDED.changed_at`,
    values: [
      numberArray(states.map((s) => s.ref.importId)),
      numberArray(states.map((s) => s.ref.index)),
      textArray(states.map((s) => s.status)),
      numberArray(states.map((s) => s.attempt)),
      numberArray(states.map((s) => s.resolvedBy)),
    ],
  });
}
