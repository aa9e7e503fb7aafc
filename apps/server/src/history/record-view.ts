import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CorrectionView, StatusChangeView, TakenBackView } from './correction-view.js';
import { FeedName } from './import-view.js';

export const VERDICTS = ['imported', 'exception', 'skipped', 'duplicate', 'pending'] as const;
export type Verdict = (typeof VERDICTS)[number];

export class RecordName {
  @ApiProperty({ format: 'uuid' }) trackingId!: string;
  @ApiProperty({ type: 'integer', example: 0 }) index!: number;
}

/** How one record of an import ended. */
export class RecordView {
  @ApiProperty({ type: 'integer', description: 'Counted from 0 in the order sent.' }) index!: number;
  @ApiProperty({ enum: VERDICTS }) verdict!: Verdict;
  @ApiProperty({ type: String, nullable: true, example: 'call-1' }) usageKey!: string | null;
  @ApiProperty({
    type: [String],
    example: ['u17-0-0-1'],
    description:
      'The ledger entries that it wrote: usage by part, then reversals of what it replaced or cancelled.',
  })
  usageIds!: string[];
  @ApiProperty({ type: String, nullable: true }) exceptionId!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Why it was skipped, or what its usage key says; of what an operator took back or changed `reverted`, `voided` or `amended`.',
  })
  reason!: string | null;
  @ApiProperty({ type: RecordName, nullable: true }) duplicateOf!: RecordName | null;
  @ApiProperty({
    type: RecordName,
    nullable: true,
    description: 'The record that a correction decided again.',
  })
  of!: RecordName | null;
  @ApiPropertyOptional({ description: 'The usage or the exception that it became has left by retention.' })
  expired?: true;
}

/** A verdict on a record, with the import that gave it. */
export class RecordVerdict extends RecordView {
  @ApiProperty({ format: 'uuid' }) trackingId!: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Null while it is pending.',
  })
  decidedAt!: string | null;
}

/** One of the verdicts that a record has had. */
export class RecordDecision extends RecordVerdict {
  @ApiProperty({ type: CorrectionView, nullable: true, description: 'Null where it came as usage.' })
  correction!: CorrectionView | null;
}

/** What became of a record's exception. */
export class RecordException {
  @ApiProperty() id!: string;
  @ApiProperty({ enum: ['open', 'reprocessed', 'superseded', 'discarded'] })
  status!: 'open' | 'reprocessed' | 'superseded' | 'discarded';
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The import that settled it.' })
  resolvedBy!: string | null;
  @ApiProperty({ type: StatusChangeView, nullable: true, description: 'Null where nobody has changed it.' })
  changed!: StatusChangeView | null;
}

/** Where a record stands today, whoever moved it. */
export class RecordNow {
  @ApiProperty({ type: [String], description: 'Its ledger entries that have not been reversed.' })
  liveUsageIds!: string[];
  @ApiProperty({ type: RecordException, nullable: true }) exception!: RecordException | null;
}

/** A record that a search found: the verdict of the import it came with, and where it stands now. */
export class FoundRecord extends RecordVerdict {
  @ApiProperty() feed!: FeedName;
  @ApiProperty() now!: RecordNow;
}

/** Every verdict that a record has had, oldest first. */
export class RecordHistory {
  @ApiProperty({ format: 'uuid' }) trackingId!: string;
  @ApiProperty({ type: 'integer' }) index!: number;
  @ApiProperty({ type: [RecordDecision] }) verdicts!: RecordDecision[];
  @ApiProperty({
    type: [TakenBackView],
    description: 'Other records that took its usage back, oldest first.',
  })
  takenBackBy!: TakenBackView[];
  @ApiProperty() now!: RecordNow;
}
