import type { Rate, RatePlan } from 'feedmill/pipeline';
import { microsOf } from './moments.js';
import type { Query } from './query.js';
import { RATE_COLUMNS, type RateRow, toRateMembers } from './rate-rows.js';
import { PLAN_NAME } from './rate.js';
import { RecentValues } from './recent-values.js';

/** Rates remembered at least, with a name that has no plan as one; up to about twice as many. */
const MIN_REMEMBERED = 100_000;
/** Older states of a plan that are remembered, for chunks that are tried again at their old version. */
const MAX_STATES = 3;

/** What a plan was for versions `from` to before `to`; undefined where it was not there. */
interface PlanState {
  readonly from: number;
  to: number;
  readonly plan: RatePlan | undefined;
}

/** A rate of a plan; without an id where the plan has none. */
type LoadedRow = Omit<RateRow, 'id'> & {
  readonly id: number | null;
  readonly name: string;
  /** The change that made the plan what it was at the version asked for; null where it was not there. */
  readonly since: number | null;
  /** The change that ended that. */
  readonly until: number | null;
  readonly currency: string;
  readonly valid_from: number | null;
  readonly valid_to: number | null;
};

const CHANGE_OF_PLAN = `SELECT version FROM reference_change WHERE kind = 'rates' AND summary->>'plan' = asked.name`;

// One index look-up per name and part, whatever the planner believes of a fresh table (OFFSET 0 keeps it from joining).
const LOAD = `
  SELECT asked.name, s.since, u.until, p.currency, r.*
  FROM unnest($1::text[]) AS asked(name)
  LEFT JOIN LATERAL (${CHANGE_OF_PLAN} AND version <= $2 ORDER BY version DESC LIMIT 1) s(since) ON true
  LEFT JOIN LATERAL (${CHANGE_OF_PLAN} AND version > $2 ORDER BY version LIMIT 1) u(until) ON true
  LEFT JOIN LATERAL (SELECT id, currency FROM rate_plan WHERE name = asked.name OFFSET 0) p ON s.since IS NOT NULL
  LEFT JOIN LATERAL (
    SELECT ${RATE_COLUMNS}, ${microsOf('valid_from')} AS valid_from, ${microsOf('valid_to')} AS valid_to
    FROM rate r WHERE plan_id = p.id AND created_version <= $2 AND (closed_version IS NULL OR closed_version > $2)
    OFFSET 0) r ON true
  ORDER BY r.id`;

/** Whole plans, one object for each state they were in. Names that have no plan are remembered too. */
export class RatePlanCache {
  private readonly plans = new RecentValues<readonly PlanState[]>(MIN_REMEMBERED, weightOf);

  /** Takes note of the plans that changed after version `from` up to and with version `to`. */
  async advance(query: Query, from: number, to: number): Promise<void> {
    if (this.plans.isEmpty) return;
    const { rows } = await query<{ plan: string; version: number }>(
      `SELECT summary->>'plan' AS plan, version FROM reference_change
       WHERE version > $1 AND version <= $2 AND kind = 'rates' ORDER BY version`,
      [from, to],
    );
    for (const { plan, version } of rows) {
      for (const state of this.plans.get(plan) ?? []) {
        if (state.from < version && state.to > version) state.to = version;
      }
    }
  }

  /**
   * The plans of these names as of a reference version; one query for those not remembered. The same objects are
   * given while the plans are in the same state.
   */
  async get(query: Query, names: ReadonlySet<string>, version: number): Promise<Map<string, RatePlan>> {
    const found = new Map<string, RatePlan>();
    const missing: string[] = [];
    for (const name of names) {
      const state = this.plans.get(name)?.find(({ from, to }) => from <= version && version < to);
      if (state?.plan) found.set(name, state.plan);
      else if (!state && PLAN_NAME.test(name)) missing.push(name);
    }
    if (missing.length === 0) return found;
    const loaded = await load(query, missing, version);
    this.plans.add(
      loaded.map(([name, state]) => [name, [...(this.plans.get(name) ?? []), state].slice(-MAX_STATES)]),
    );
    for (const [name, { plan }] of loaded) if (plan) found.set(name, plan);
    return found;
  }
}

function weightOf(states: readonly PlanState[]): number {
  return states.reduce((sum, { plan }) => sum + 1 + (plan?.rates.length ?? 0), 0);
}

async function load(query: Query, names: readonly string[], version: number): Promise<[string, PlanState][]> {
  const { rows } = await query<LoadedRow>(LOAD, [names, version]);
  const loaded = new Map<string, { readonly state: PlanState; readonly rates: Rate[] }>();
  for (const row of rows) {
    const { name, since, until, currency } = row;
    let entry = loaded.get(name);
    if (!entry) {
      const rates: Rate[] = [];
      const plan = since === null ? undefined : { name, currency, rates };
      entry = { state: { from: since ?? -1, to: until ?? Infinity, plan }, rates };
      loaded.set(name, entry);
    }
    if (row.id !== null) entry.rates.push(toRate(row.id, row));
  }
  return [...loaded].map(([name, { state }]) => [name, state]);
}

function toRate(id: number, row: LoadedRow): Rate {
  return {
    id: String(id),
    ...toRateMembers(row),
    validFrom: row.valid_from ?? -Infinity,
    validTo: row.valid_to ?? Infinity,
  };
}
