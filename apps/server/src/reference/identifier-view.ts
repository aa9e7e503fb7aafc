import { masked, maskedJson, toRfc3339 } from '../common/index.js';

/** An identifier as the API shows it. */
export interface IdentifierView {
  readonly id: string;
  readonly type: string;
  readonly value: string;
  readonly accountId: string;
  readonly serviceId: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Null: since ever. */
  readonly validFrom: string | null;
  /** Null: without end. */
  readonly validTo: string | null;
}

export interface IdentifierRow {
  readonly id: number;
  readonly type: string;
  readonly value: string;
  readonly account_id: string;
  readonly service_id: string;
  readonly attributes: Record<string, string>;
  readonly valid_from: string;
  readonly valid_to: string;
}

export const IDENTIFIER_COLUMNS = 'id, type, value, account_id, service_id, attributes, valid_from, valid_to';

export function toIdentifierView(row: IdentifierRow, isMasked: boolean): IdentifierView {
  return {
    id: String(row.id),
    type: row.type,
    value: isMasked ? masked(row.value) : row.value,
    accountId: row.account_id,
    serviceId: row.service_id,
    attributes: isMasked ? (maskedJson(row.attributes) as Record<string, string>) : row.attributes,
    validFrom: toMomentOrNull(row.valid_from),
    validTo: toMomentOrNull(row.valid_to),
  };
}

/** A bound of a validity as Postgres prints it; null where open. */
export function toMomentOrNull(timestamptz: string): string | null {
  return timestamptz.endsWith('infinity') ? null : toRfc3339(timestamptz);
}
