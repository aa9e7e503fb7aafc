import type pg from 'pg';
import type { Caller } from '../auth/index.js';
import { Conditions } from '../common/index.js';
import { onlyVisible, seesAll } from './visibility.js';

type Details = Readonly<Record<string, unknown>>;

/** Members of the details of a conflict that show other usage, which may have come by a feed with the same key scope. */
const HOLDERS = ['live', 'voided'];
/** Why a condition on both sides failed may repeat anything of either. */
const TOLD_OF_BOTH = 'replaceWhen';
const HIDDEN = { hidden: true } as const;

/**
 * Details of conflicts without the usage of imports that a caller may not see.
 * @param details in any number: they are one look-up; null where there are none
 */
export async function withoutHiddenUsage(
  pool: pg.Pool,
  caller: Caller,
  details: readonly (Details | null)[],
): Promise<(Details | null)[]> {
  const named = seesAll(caller) ? [] : details.flatMap(holdersOf);
  if (named.length === 0) return [...details];
  const conditions = new Conditions();
  conditions.add(`i.tracking_id = ANY(${conditions.value([...new Set(named)])}::uuid[])`);
  onlyVisible(conditions, caller);
  const { rows } = await pool.query<{ tracking_id: string }>(
    `SELECT i.tracking_id FROM import i ${conditions}`,
    conditions.values,
  );
  const visible = new Set(rows.map((row) => row.tracking_id));
  return details.map((each) => (holdersOf(each).every((id) => visible.has(id)) ? each : hidden(each!)));
}

/** The imports of the usage shown; a record of the same request has none yet. */
function holdersOf(details: Details | null): string[] {
  const holders = HOLDERS.map((name) => details?.[name] as { trackingId?: string } | null | undefined);
  return holders.flatMap((holder) => holder?.trackingId ?? []);
}

function hidden(details: Details): Details {
  const isHidden = (name: string) => HOLDERS.includes(name) || name === TOLD_OF_BOTH;
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, value !== null && isHidden(name) ? HIDDEN : value]),
  );
}
