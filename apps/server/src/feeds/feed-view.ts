import { ApiProperty } from '@nestjs/swagger';
import { RetentionTimes } from '../retention/index.js';
import type { Feed, RowSyntax, UsageKeyDefinition } from './feed.js';

const TEXT = { type: String, nullable: true } as const;
const MOMENT = { format: 'date-time' } as const;

export class RowSyntaxView implements RowSyntax {
  @ApiProperty({ example: ',' }) delimiter!: string;
  @ApiProperty({ example: '"' }) quote!: string;
  @ApiProperty() header!: boolean;
}

/** A feed as the API shows it. */
export class FeedView implements Feed {
  @ApiProperty({ type: 'integer', example: 1 }) id!: number;
  @ApiProperty({ example: 'Usage JSON' }) name!: string;
  @ApiProperty({ example: 'usageJson' }) apiName!: string;
  @ApiProperty() description!: string;
  @ApiProperty() enabled!: boolean;
  @ApiProperty({ description: 'It accepts, and its chunks wait.' }) paused!: boolean;
  @ApiProperty({ ...TEXT, description: 'Null where it is not paused.' }) pausedReason!: string | null;
  @ApiProperty({ enum: ['rows', 'records'] }) format!: 'rows' | 'records';
  @ApiProperty({ type: RowSyntaxView, nullable: true, description: 'Null for format `records`.' })
  rows!: RowSyntaxView | null;
  @ApiProperty({ example: 'usage-json' }) profile!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { fields: [{ field: 'id', as: 'text' }], onConflict: 'exception' },
    description: '`fields`, `onConflict`, `replaceWhen`, `cancelWhen`; or `{"none": true}`.',
  })
  usageKey!: UsageKeyDefinition;
  @ApiProperty({ example: 'Europe/Berlin' }) timeZone!: string;
  @ApiProperty({ enum: ['earlier', 'later', 'reject'] }) dstOverlap!: 'earlier' | 'later' | 'reject';
  @ApiProperty({ enum: ['reject', 'shift'] }) dstGap!: 'reject' | 'shift';
  @ApiProperty({ ...TEXT, description: 'Feeds of one scope share their usage keys; null: its own.' })
  keyScope!: string | null;
  @ApiProperty({ example: 'P400D', description: '`forever` or an ISO 8601 duration.' }) keyRetention!: string;
  @ApiProperty() retention!: RetentionTimes;
  @ApiProperty({ enum: ['exception', 'accept'] }) lateUsage!: 'exception' | 'accept';
  @ApiProperty({ description: 'What a change of reference data may heal is reprocessed unasked.' })
  autoHeal!: boolean;
  @ApiProperty({ ...TEXT, description: 'A date, a moment or an ISO 8601 duration; null: no limit.' })
  acceptUsageSince!: string | null;
  @ApiProperty({ example: 'PT24H' }) futureTolerance!: string;
  @ApiProperty({ ...TEXT, description: 'ISO 8601 duration after which a silent feed is quiet; null: never.' })
  expectEvery!: string | null;
  @ApiProperty({ enum: ['live', 'test'] }) mode!: 'live' | 'test';
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Read by the profile as `$feed.parameters`.',
  })
  parameters!: Readonly<Record<string, unknown>>;
  @ApiProperty(MOMENT) createdAt!: string;
  @ApiProperty(MOMENT) updatedAt!: string;
}
