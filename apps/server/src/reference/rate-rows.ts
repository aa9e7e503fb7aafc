import type pg from 'pg';
import { type RateBase, type RoundingMode, toDecimal } from 'feedmill/pipeline';
import { microsOf, toTimestamptz } from './moments.js';
import { type IncomingRate, type LiveRate, rateRules } from './rate.js';

/** A rate as Postgres gives it. */
export interface RateRow {
  readonly id: number;
  readonly usage_class: string;
  readonly usage_class_type: string | null;
  readonly match: Record<string, string>;
  readonly unit_price: string;
  readonly per: string;
  readonly increment: string | null;
  readonly minimum_quantity: string | null;
  readonly setup_amount: string | null;
  readonly minimum_amount: string | null;
  readonly scale: number | null;
  readonly rounding: RoundingMode;
  readonly base_amount: string | null;
  readonly base_currency: string | null;
}

export const RATE_COLUMNS = `r.id, r.usage_class, r.usage_class_type, r.match, r.unit_price, r.per, r.increment,
  r.minimum_quantity, r.setup_amount, r.minimum_amount, r.scale, r.rounding, r.base_amount, r.base_currency`;

export const toRateMembers = (row: Omit<RateRow, 'id'>) => ({
  usageClass: row.usage_class,
  usageClassType: row.usage_class_type,
  match: row.match,
  unitPrice: toDecimal(row.unit_price)!,
  per: toDecimal(row.per)!,
  increment: toDecimal(row.increment),
  minimumQuantity: toDecimal(row.minimum_quantity),
  setupAmount: toDecimal(row.setup_amount),
  minimumAmount: toDecimal(row.minimum_amount),
  scale: row.scale,
  rounding: row.rounding,
  base: toBase(row),
});

function toBase({
  base_amount: amount,
  base_currency: currency,
}: Pick<RateRow, 'base_amount' | 'base_currency'>): RateBase | null {
  return amount === null ? null : { amount, currency };
}

/** The rates of a plan that are true now. */
export async function liveRates(client: pg.PoolClient, planId: number): Promise<LiveRate[]> {
  const { rows } = await client.query<RateRow & { valid_from: number | null; valid_to: number | null }>(
    `SELECT ${RATE_COLUMNS}, ${microsOf('valid_from')} AS valid_from, ${microsOf('valid_to')} AS valid_to
     FROM rate r WHERE plan_id = $1 AND closed_version IS NULL`,
    [planId],
  );
  return rows.map((row) => {
    const rate = {
      ...toRateMembers(row),
      validFrom: row.valid_from ?? -Infinity,
      validTo: row.valid_to ?? Infinity,
    };
    return { id: row.id, ...rate, ...rateRules(rate) };
  });
}

export async function closeRates(
  client: pg.PoolClient,
  ids: readonly number[],
  version: number,
): Promise<void> {
  if (ids.length === 0) return;
  await client.query('UPDATE rate SET closed_version = $2 WHERE id = ANY($1::bigint[])', [ids, version]);
}

export async function insertRates(
  client: pg.PoolClient,
  planId: number,
  rates: readonly IncomingRate[],
  version: number,
): Promise<void> {
  if (rates.length === 0) return;
  await client.query(
    `INSERT INTO rate (plan_id, created_version, usage_class, usage_class_type, match, unit_price, per, increment,
                       minimum_quantity, setup_amount, minimum_amount, scale, rounding, base_amount, base_currency, valid_from,
                       valid_to)
     SELECT $1::integer, $2::bigint, u.* FROM unnest(
       $3::text[], $4::text[], $5::jsonb[], $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[],
       $11::numeric[], $12::smallint[], $13::text[], $14::text[], $15::text[], $16::timestamptz[], $17::timestamptz[]) u`,
    [
      planId,
      version,
      rates.map(({ usageClass }) => usageClass),
      rates.map(({ usageClassType }) => usageClassType),
      rates.map(({ match }) => JSON.stringify(match)),
      rates.map(({ unitPrice }) => unitPrice),
      rates.map(({ per }) => per),
      rates.map(({ increment }) => increment),
      rates.map(({ minimumQuantity }) => minimumQuantity),
      rates.map(({ setupAmount }) => setupAmount),
      rates.map(({ minimumAmount }) => minimumAmount),
      rates.map(({ scale }) => scale),
      rates.map(({ rounding }) => rounding),
      rates.map(({ base }) => base?.amount ?? null),
      rates.map(({ base }) => base?.currency ?? null),
      rates.map(({ validFrom }) => toTimestamptz(validFrom)),
      rates.map(({ validTo }) => toTimestamptz(validTo)),
    ],
  );
}
