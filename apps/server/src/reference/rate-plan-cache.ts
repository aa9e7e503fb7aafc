import type { Rate, RatePlan } from 'feedmill/pipeline';
import { microsOf } from './moments.js';
import type { Query } from './query.js';
import { RATE_COLUMNS, type RateRow, toRateMembers } from './rate-rows.js';

/** Older states of a plan that are remembered, for chunks that are tried again at their old version. */
const MAX_STATES = 8;

/** What a plan was for versions `from` to before `to`; undefined where it was not there. */
interface PlanState {
  readonly from: number;
  to: number;
  readonly plan: RatePlan | undefined;
}

type ValidRateRow = RateRow & { readonly valid_from: number | null; readonly valid_to: number | null };

const CHANGES = `
  SELECT max(version) FILTER (WHERE version <= $2) AS since, min(version) FILTER (WHERE version > $2) AS until
  FROM reference_change WHERE kind = 'rates' AND summary->>'plan' = $1`;

const RATES = `
  SELECT ${RATE_COLUMNS}, ${microsOf('valid_from')} AS valid_from, ${microsOf('valid_to')} AS valid_to
  FROM rate r JOIN rate_plan p ON p.id = r.plan_id
  WHERE p.name = $1 AND created_version <= $2 AND (closed_version IS NULL OR closed_version > $2)
  ORDER BY r.id`;

/** Whole plans, one object for each state they were in. */
export class RatePlanCache {
  private readonly states = new Map<string, PlanState[]>();

  /** Takes note of the plans that changed after version `from` up to and with version `to`. */
  async advance(query: Query, from: number, to: number): Promise<void> {
    if (this.states.size === 0) return;
    const { rows } = await query<{ plan: string; version: number }>(
      `SELECT summary->>'plan' AS plan, version FROM reference_change
       WHERE version > $1 AND version <= $2 AND kind = 'rates' ORDER BY version`,
      [from, to],
    );
    for (const { plan, version } of rows) {
      for (const state of this.states.get(plan) ?? []) {
        if (state.from < version && state.to > version) state.to = version;
      }
    }
  }

  /** The plan as of a reference version; the same object while it is in the same state. */
  async get(query: Query, name: string, version: number): Promise<RatePlan | undefined> {
    const states = this.states.get(name) ?? [];
    const known = states.find(({ from, to }) => from <= version && version < to);
    if (known) return known.plan;
    const { rows } = await query<{ since: number | null; until: number | null }>(CHANGES, [name, version]);
    const { since, until } = rows[0]!;
    const plan = since === null ? undefined : await load(query, name, version);
    states.push({ from: since ?? -1, to: until ?? Infinity, plan });
    this.states.set(name, states.slice(-MAX_STATES));
    return plan;
  }
}

async function load(query: Query, name: string, version: number): Promise<RatePlan> {
  const { rows: plans } = await query<{ currency: string }>(
    'SELECT currency FROM rate_plan WHERE name = $1',
    [name],
  );
  const { rows } = await query<ValidRateRow>(RATES, [name, version]);
  return { name, currency: plans[0]!.currency, rates: rows.map(toRate) };
}

function toRate(row: ValidRateRow): Rate {
  return {
    id: String(row.id),
    ...toRateMembers(row),
    validFrom: row.valid_from ?? -Infinity,
    validTo: row.valid_to ?? Infinity,
  };
}
