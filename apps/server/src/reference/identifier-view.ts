import { ApiProperty } from '@nestjs/swagger';
import { masked, maskedJson, toRfc3339 } from '../common/index.js';

const MOMENT = { type: String, format: 'date-time', nullable: true } as const;

/** An identifier as the API shows it. */
export class IdentifierView {
  @ApiProperty() readonly id!: string;
  @ApiProperty({ example: 'Telephone' }) readonly type!: string;
  @ApiProperty({ example: '4038675309' }) readonly value!: string;
  @ApiProperty({ example: 'acct-1' }) readonly accountId!: string;
  @ApiProperty({ example: 'svc-1' }) readonly serviceId!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  readonly attributes!: Readonly<Record<string, string>>;
  @ApiProperty({ ...MOMENT, description: 'Null: since ever.' }) readonly validFrom!: string | null;
  @ApiProperty({ ...MOMENT, description: 'Null: without end.' }) readonly validTo!: string | null;
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
