import { ApiProperty } from '@nestjs/swagger';

export const CORRECTION_OPERATIONS = ['exceptions', 'all', 'replace', 'amend', 'revert', 'void'] as const;
export type CorrectionOperation = (typeof CORRECTION_OPERATIONS)[number];

const BY = 'Name of the key; `auto-heal` where nobody asked.';

/** Why a record was decided again. */
export class CorrectionView {
  @ApiProperty({ enum: CORRECTION_OPERATIONS }) operation!: CorrectionOperation;
  @ApiProperty() reason!: string;
  @ApiProperty({ description: BY }) by!: string;
}

/** A record that took another one's usage back: it came in its place, or withdrew it. */
export class TakenBackView {
  @ApiProperty({ format: 'uuid', description: 'Of the import that the record came with.' })
  trackingId!: string;
  @ApiProperty({ type: 'integer' }) index!: number;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'replaces',
    description: 'What its own verdict says: `replaces`, `cancels`, or why it was skipped.',
  })
  reason!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) at!: string;
  @ApiProperty({ type: CorrectionView, nullable: true, description: 'Null where the source said so.' })
  correction!: CorrectionView | null;
}

/** Who moved an exception from one status to another, when and why. */
export class StatusChangeView {
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ type: String, nullable: true, description: BY }) by!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Null where a record that came later has settled it.',
  })
  reason!: string | null;
}
