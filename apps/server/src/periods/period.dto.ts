import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { IsFeedList, IsReason } from '../common/index.js';

const MAX_FEEDS = 1000;

export class ClosePeriodDto {
  /** RFC 3339, or a date: midnight in the zone of each feed. */
  @IsString()
  until!: string;

  /** Ids or API names; where not said all feeds, those that are created later too. */
  @IsFeedList(MAX_FEEDS)
  feeds?: string[];
}

export class ReopenPeriodDto {
  /** RFC 3339, or a date: midnight in the zone of each feed. */
  @IsString()
  from!: string;

  @IsReason()
  reason!: string;

  /** Ids or API names; where not said all feeds, those that are created later too. */
  @IsFeedList(MAX_FEEDS)
  feeds?: string[];
}

const MOMENT = { type: String, format: 'date-time', nullable: true } as const;

export class PeriodFeed {
  @ApiProperty({ type: 'integer' }) id!: number;
  @ApiProperty() name!: string;
  @ApiProperty() apiName!: string;
}

/** What of a feed is closed. */
export class PeriodView {
  @ApiProperty() feed!: PeriodFeed;
  @ApiProperty() timeZone!: string;
  @ApiProperty({
    ...MOMENT,
    description: 'Usage dated before is in a closed period; null: nothing is closed.',
  })
  closedUntil!: string | null;
  @ApiProperty({
    enum: ['exception', 'accept'],
    description: 'What becomes of usage that is dated in a closed period.',
  })
  lateUsage!: 'exception' | 'accept';
}

export class PeriodChangeView {
  @ApiProperty() id!: string;
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
  @ApiProperty({ enum: ['close', 'reopen'] })
  action!: 'close' | 'reopen';
  @ApiProperty({ description: 'Close: until; reopen: from. A date is midnight in the zone of each feed.' })
  boundary!: string;
  @ApiProperty({ type: [String], nullable: true, description: 'API names; null: all feeds.' })
  feeds!: string[] | null;
  @ApiProperty({ type: String, nullable: true }) reason!: string | null;
  @ApiProperty() actor!: string;
}

export class ChangedPeriodsView {
  @ApiProperty() change!: PeriodChangeView;
  @ApiProperty({ type: [PeriodView], description: 'As they are now.' }) periods!: PeriodView[];
}
