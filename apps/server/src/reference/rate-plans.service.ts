import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { ChangedBy } from '../admin/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  type ListValues,
  type Page,
  Problem,
  type ProblemDetail,
  pageOf,
  readCursor,
  toRfc3339,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import type { ChangeAnswer } from './change-answer.js';
import { ChangeStore, requireNone } from './change-store.js';
import { toMomentOrNull } from './identifier-view.js';
import type { PlanView, RateView } from './rate-plan-view.js';
import { equalRanks } from './rate-rank.js';
import {
  RATE_COLUMNS,
  type RateRow,
  closeRates,
  insertRates,
  liveRates,
  toRateMembers,
} from './rate-rows.js';
import { CURRENCY, type IncomingRate, type LiveRate, PLAN_NAME } from './rate.js';
import { readRates } from './read-rates.js';
import type { RateFilters } from './reference-queries.js';
import { readTimeZone } from './row-reader.js';
import { type RowChange, addClashes, planUpsert } from './versioned-rows.js';
import type { WrittenRow } from './written-rows.js';

const INVALID = 'invalid_rate_plan';

/** A plan as it came, from a request or from a file. */
export interface WrittenPlan {
  readonly rows: readonly WrittenRow[];
  readonly currency: unknown;
  readonly timeZone: unknown;
  /** Where `timeZone` does not say it, the zone of the rates' bare dates; the plan's unless given. */
  readonly datesIn?: string;
  /** What was found wrong on the way here. */
  readonly problems: ProblemDetail[];
}

/** Whether a change that was planned is not to be. */
type LeaveAlone = (
  client: pg.PoolClient,
  present: PlanRow,
  change: RowChange<IncomingRate>,
) => Promise<boolean>;

const NO_CHANGE: RowChange<IncomingRate> = {
  closes: [],
  inserts: [],
  created: 0,
  changed: 0,
  unchanged: 0,
  closed: 0,
  steps: [],
};

export interface PlanRow {
  readonly id: number;
  readonly name: string;
  readonly currency: string;
  readonly time_zone: string;
  readonly created_at: string;
}

/** Rate plans: prices by usage class, type, attributes and date. */
@Injectable()
export class RatePlansService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly store: ChangeStore,
  ) {}

  /**
   * Creates the plan where there is none, and brings in its rates.
   * @param isLeftAlone may look at the change and keep it from being carried out
   * @throws Problem 422 `invalid_rate_plan` with every problem and its row; 409 `currency_fixed`
   */
  async upsert(
    by: ChangedBy,
    name: string,
    { rows, currency, timeZone, datesIn, problems }: WrittenPlan,
    isLeftAlone: LeaveAlone = async () => false,
  ): Promise<ChangeAnswer> {
    const present = await this.find(this.pool, name);
    const zone = readTimeZone(timeZone ?? present?.time_zone, problems);
    problems.push(...headProblems(name, currency, present));
    const incoming = readRates(rows, timeZone ? zone : (datesIn ?? zone), problems);
    addClashes<LiveRate, IncomingRate>(incoming, equalRanks, problems);
    requireNone(INVALID, problems);
    return this.store.change<IncomingRate>(by, INVALID, async (client, found) => {
      const plan = await this.find(client, name);
      const rates = plan ? await liveRates(client, plan.id) : [];
      const change = planUpsert(rates, incoming, equalRanks, found);
      if (plan && (await isLeftAlone(client, plan, change))) {
        found.length = 0;
        return { kind: 'rates', subject: '', facts: {}, rows: NO_CHANGE, write: async () => undefined };
      }
      if (plan && currency !== undefined && currency !== null && currency !== plan.currency)
        throw currencyFixed(plan);
      return {
        kind: 'rates',
        subject: `rate-plan/${name}`,
        facts: { plan: name },
        rows: change,
        isMore: !plan || plan.time_zone !== zone,
        head: {
          before: plan ? { currency: plan.currency, timeZone: plan.time_zone } : null,
          after: { currency: plan?.currency ?? currency, timeZone: zone },
        },
        async write(writer, version) {
          const planId = await writePlan(writer, name, currency as string | undefined, zone);
          await closeRates(writer, change.closes, version);
          await insertRates(writer, planId, change.inserts, version);
        },
      };
    });
  }

  async list({ limit = DEFAULT_LIMIT, cursor }: ListValues): Promise<Page<PlanView>> {
    const [before] = readCursor('rate-plans', ['integer'], cursor) ?? [];
    const where = new Conditions().compare('id <', before);
    const { rows } = await this.pool.query<PlanRow>(
      `SELECT * FROM rate_plan ${where} ORDER BY id DESC LIMIT ${limit + 1}`,
      where.values,
    );
    return pageOf('rate-plans', rows, limit, toPlanView, (row) => [row.id]);
  }

  /** The plan with a page of its rates. */
  async get(name: string, filters: RateFilters): Promise<PlanView & Page<RateView>> {
    const plan = await this.find(this.pool, name);
    if (!plan)
      throw new Problem(404, 'rate_plan_not_found', `There is no rate plan "${name.slice(0, 100)}".`);
    const { limit = DEFAULT_LIMIT } = filters;
    const list = `rates of ${name}`;
    const [before] = readCursor(list, ['integer'], filters.cursor) ?? [];
    const where = new Conditions()
      .add('closed_version IS NULL')
      .compare('plan_id =', plan.id)
      .compare('usage_class =', filters.usageClass)
      .compare('usage_class_type =', filters.usageClassType)
      .compare('valid_from <=', filters.validAt)
      .compare('valid_to >', filters.validAt)
      .compare('id <', before);
    const { rows } = await this.pool.query<RateRow & { valid_from: string; valid_to: string }>(
      `SELECT ${RATE_COLUMNS}, valid_from, valid_to FROM rate r ${where} ORDER BY id DESC LIMIT ${limit + 1}`,
      where.values,
    );
    const toView = (row: (typeof rows)[number]): RateView => ({
      id: String(row.id),
      ...toRateMembers(row),
      validFrom: toMomentOrNull(row.valid_from),
      validTo: toMomentOrNull(row.valid_to),
    });
    return { ...toPlanView(plan), ...pageOf(list, rows, limit, toView, (row) => [row.id]) };
  }

  private async find(client: pg.Pool | pg.PoolClient, name: string): Promise<PlanRow | undefined> {
    if (!PLAN_NAME.test(name)) return undefined;
    const { rows } = await client.query<PlanRow>('SELECT * FROM rate_plan WHERE name = $1', [name]);
    return rows[0];
  }
}

function headProblems(name: string, currency: unknown, present: PlanRow | undefined): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  if (!PLAN_NAME.test(name)) {
    const message =
      "a plan's name must have 1 to 200 characters, a letter or digit first, and no slashes, braces or control characters";
    problems.push({ pointer: '', code: 'invalid_value', message });
  }
  if (currency === undefined || currency === null) {
    if (present) return problems;
    problems.push({ pointer: '/currency', code: 'required', message: 'currency is required for a new plan' });
  } else if (typeof currency !== 'string' || !CURRENCY.test(currency)) {
    const message = 'currency must be three capital letters (ISO 4217), e.g. USD';
    problems.push({ pointer: '/currency', code: 'invalid_value', message });
  }
  return problems;
}

function currencyFixed(plan: PlanRow): Problem {
  const detail = `Plan "${plan.name}" is in ${plan.currency} and stays so; make another plan for another currency.`;
  return new Problem(409, 'currency_fixed', detail);
}

async function writePlan(
  client: pg.PoolClient,
  name: string,
  currency: string | undefined,
  zone: string,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    'UPDATE rate_plan SET time_zone = $2 WHERE name = $1 RETURNING id',
    [name, zone],
  );
  if (rows[0]) return rows[0].id;
  const inserted = await client.query<{ id: number }>(
    'INSERT INTO rate_plan (name, currency, time_zone) VALUES ($1, $2, $3) RETURNING id',
    [name, currency, zone],
  );
  return inserted.rows[0]!.id;
}

function toPlanView(row: PlanRow): PlanView {
  return {
    name: row.name,
    currency: row.currency,
    timeZone: row.time_zone,
    createdAt: toRfc3339(row.created_at),
  };
}
