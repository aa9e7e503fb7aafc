import { ApiProperty } from '@nestjs/swagger';
import type { RateBase } from 'feedmill/pipeline';
import type { RateValues } from './rate.js';

const TEXT = { type: String, nullable: true } as const;
const DECIMAL = { type: String, pattern: '^-?\\d+(\\.\\d+)?$' } as const;
const DECIMAL_OR_NULL = { ...DECIMAL, nullable: true } as const;
const MOMENT = { type: String, format: 'date-time', nullable: true } as const;

/** A rate plan as the API shows it. */
export class PlanView {
  @ApiProperty({ example: 'standard' }) readonly name!: string;
  @ApiProperty({ example: 'USD' }) readonly currency!: string;
  @ApiProperty({ example: 'UTC', description: 'Zone of bare dates.' }) readonly timeZone!: string;
  @ApiProperty({ format: 'date-time' }) readonly createdAt!: string;
}

export class RateBaseView implements RateBase {
  @ApiProperty({ example: 'extensions.amount' }) readonly amount!: string;
  @ApiProperty({ ...TEXT, description: "Null where it is in the plan's currency." })
  readonly currency!: string | null;
}

/** A rate as the API shows it; null where the plan does not say. */
export class RateView implements Omit<RateValues, 'validFrom' | 'validTo'> {
  @ApiProperty() readonly id!: string;
  @ApiProperty({ example: 'API Requests' }) readonly usageClass!: string;
  @ApiProperty(TEXT) readonly usageClassType!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  readonly match!: Readonly<Record<string, string>>;
  @ApiProperty({ ...DECIMAL, example: '0.0004' }) readonly unitPrice!: string;
  @ApiProperty({ ...DECIMAL, example: '1' }) readonly per!: string;
  @ApiProperty(DECIMAL_OR_NULL) readonly increment!: string | null;
  @ApiProperty(DECIMAL_OR_NULL) readonly minimumQuantity!: string | null;
  @ApiProperty(DECIMAL_OR_NULL) readonly setupAmount!: string | null;
  @ApiProperty(DECIMAL_OR_NULL) readonly minimumAmount!: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) readonly scale!: number | null;
  @ApiProperty({ enum: ['halfUp', 'halfEven', 'up', 'down'] }) readonly rounding!: RateValues['rounding'];
  @ApiProperty({ type: RateBaseView, nullable: true, description: 'The amount that the rate is a share of.' })
  readonly base!: RateBaseView | null;
  @ApiProperty({ ...MOMENT, description: 'Null: since ever.' }) readonly validFrom!: string | null;
  @ApiProperty({ ...MOMENT, description: 'Null: without end.' }) readonly validTo!: string | null;
}
