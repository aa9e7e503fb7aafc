import { ApiProperty } from '@nestjs/swagger';
import type { RawJson } from '../common/index.js';
import { FeedName, ProfileName } from '../history/index.js';

const TEXT = { type: String, nullable: true } as const;
const DECIMAL = { type: String, pattern: '^-?\\d+(\\.\\d+)?$' } as const;

export const USAGE_KINDS = ['usage', 'reversal'] as const;
export const USAGE_MODES = ['live', 'test'] as const;

/** Who the usage belongs to, as it was found by one of its fields. */
export class ResolvedIdentifierView {
  @ApiProperty({ example: 'originatingIdentifier' }) field!: string;
  @ApiProperty({ example: 'Telephone' }) type!: string;
  @ApiProperty({ example: '4038675309' }) value!: string;
}

export class RatingView {
  @ApiProperty({ enum: ['rated', 'given'] }) source!: 'rated' | 'given';
  @ApiProperty({ ...TEXT, example: 'retail' }) plan!: string | null;
  @ApiProperty({ ...TEXT, example: '7' }) rateId!: string | null;
  @ApiProperty({ ...DECIMAL, nullable: true, example: '1250', description: 'As billed, after increments.' })
  quantity!: string | null;
  @ApiProperty({ ...DECIMAL, nullable: true, example: '0.0004' }) unitPrice!: string | null;
  @ApiProperty({ ...DECIMAL, example: '0.5' }) amount!: string;
  @ApiProperty({ example: 'USD' }) currency!: string;
}

/** An entry of the ledger. */
export class UsageView {
  @ApiProperty({ example: 'u17-0-0-1' }) id!: string;
  @ApiProperty({ format: 'uuid', description: 'The import of the accepted record, for ever.' })
  trackingId!: string;
  @ApiProperty({ type: 'integer' }) index!: number;
  @ApiProperty({ type: 'integer' }) part!: number;
  @ApiProperty({ format: 'uuid', description: 'The import that wrote this entry.' }) producedBy!: string;
  @ApiProperty() feed!: FeedName;
  @ApiProperty() profile!: ProfileName;
  @ApiProperty({ enum: USAGE_KINDS }) kind!: (typeof USAGE_KINDS)[number];
  @ApiProperty({ description: 'False once reversed, and on reversals.' }) live!: boolean;
  @ApiProperty({
    enum: USAGE_MODES,
    description: "The feed's mode when the record was mediated; test usage is in no total and no change.",
  })
  mode!: (typeof USAGE_MODES)[number];
  @ApiProperty({ ...TEXT, description: 'The entry that this reversal negates.' }) reverses!: string | null;
  @ApiProperty({ format: 'date-time' }) postedAt!: string;
  @ApiProperty({ description: 'Dated in a period that was closed when it was posted.' }) late!: boolean;
  @ApiProperty({ format: 'date-time', example: '2022-05-01T01:01:00.01Z' }) date!: string;
  @ApiProperty({ example: 'UTC' }) timeZone!: string;
  @ApiProperty({ format: 'date', example: '2022-05-01' }) localDate!: string;
  @ApiProperty(TEXT) usageKey!: string | null;
  @ApiProperty({ ...TEXT, example: 'Telephone' }) identifierType!: string | null;
  @ApiProperty({ ...TEXT, example: '4038675309' }) originatingIdentifier!: string | null;
  @ApiProperty(TEXT) terminatingIdentifier!: string | null;
  @ApiProperty(TEXT) usageIdentifier!: string | null;
  @ApiProperty({ ...DECIMAL, example: '1250' }) value!: string;
  @ApiProperty({ ...TEXT, example: 'API Requests' }) usageClass!: string | null;
  @ApiProperty({ ...TEXT, example: 'Requests' }) usageClassType!: string | null;
  @ApiProperty() inbound!: boolean;
  @ApiProperty() reverseRating!: boolean;
  @ApiProperty({ type: 'integer', nullable: true }) primaryDataRow!: number | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) extensions!: RawJson | object;
  @ApiProperty({ type: ResolvedIdentifierView, nullable: true })
  resolvedIdentifier!: ResolvedIdentifierView | null;
  @ApiProperty({ ...TEXT, example: 'acct-1' }) accountId!: string | null;
  @ApiProperty({ ...TEXT, example: 'svc-1' }) serviceId!: string | null;
  @ApiProperty({ type: RatingView, nullable: true }) rating!: RatingView | null;
  @ApiProperty({ type: RatingView, nullable: true }) cost!: RatingView | null;
}
