import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { FeedName } from '../history/index.js';

const TEXT = { type: String, nullable: true } as const;
const DECIMAL = { type: String, pattern: '^-?\\d+(\\.\\d+)?$' } as const;

/** What is known of a group, and cannot be billed yet. */
export class RejectedTotal {
  @ApiProperty({ type: 'integer', description: 'Open exceptions of stage resolve or rate, as of now.' })
  count!: number;
  @ApiProperty({ ...DECIMAL, description: 'The sum of their values; of one that has no value, nothing.' })
  value!: string;
}

/** The sums of one group; the members it was grouped by are there, the others not. */
export class UsageTotal {
  @ApiPropertyOptional({ ...TEXT, example: 'acct-1' }) account?: string | null;
  @ApiPropertyOptional({ ...TEXT, example: 'svc-1' }) service?: string | null;
  @ApiPropertyOptional({
    ...TEXT,
    example: 'API Requests',
    description: 'Also there, though not grouped by, where the unit is null: such classes are never added.',
  })
  usageClass?: string | null;
  @ApiPropertyOptional({ ...TEXT, example: 'Requests' }) usageClassType?: string | null;
  @ApiPropertyOptional({ type: FeedName }) feed?: FeedName;
  @ApiPropertyOptional({ ...TEXT, format: 'date', example: '2026-10-26', description: 'The local date.' })
  day?: string | null;
  @ApiPropertyOptional({ ...TEXT, example: '2026-10' }) month?: string | null;
  @ApiProperty({ ...TEXT, example: 'requests', description: 'Of the usage class; null where it has none.' })
  unit!: string | null;
  @ApiProperty({ ...TEXT, example: 'USD', description: 'Null for usage without a rating.' })
  currency!: string | null;
  @ApiProperty({ ...TEXT, example: null, description: 'Null for usage without a cost.' })
  costCurrency!: string | null;
  @ApiProperty({ type: 'integer', description: 'Entries, reversals among them.' }) count!: number;
  @ApiProperty({ ...DECIMAL, example: '1250' }) value!: string;
  @ApiProperty({ ...DECIMAL, nullable: true, example: '0.5' }) amount!: string | null;
  @ApiProperty({ ...DECIMAL, nullable: true, example: null }) costAmount!: string | null;
  @ApiPropertyOptional({ description: 'With `include=exceptions`.' }) exceptions?: RejectedTotal;
}

export class UsageTotals {
  @ApiProperty({ type: [UsageTotal] }) items!: UsageTotal[];
  @ApiProperty(TEXT) nextCursor!: string | null;
  @ApiProperty({ format: 'date-time', description: 'What was posted until then is in the sums.' })
  asOf!: string;
  @ApiProperty({
    description:
      'The sums as of then will not change: nothing that was posted until then is still to be committed.',
  })
  final!: boolean;
}
