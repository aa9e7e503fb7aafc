import { ApiProperty } from '@nestjs/swagger';
import type { Candidates } from './healing.js';

export class HealedBy {
  @ApiProperty() readonly healedBy!: string;
}

export class CandidatesView implements Candidates {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Null where there are too many to count in time.',
  })
  readonly count!: number | null;
  @ApiProperty({
    type: HealedBy,
    nullable: true,
    description: 'For a reprocessing; null where nothing changed.',
  })
  readonly selection!: HealedBy | null;
}

/** The answer to every change of reference data. */
export class ChangeAnswer {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The reference version that this change made; null where everything was so already.',
  })
  readonly changeId!: string | null;
  @ApiProperty({ type: 'integer' }) readonly created!: number;
  @ApiProperty({ type: 'integer' }) readonly changed!: number;
  @ApiProperty({ type: 'integer' }) readonly unchanged!: number;
  @ApiProperty({ type: 'integer', description: 'Rows that ended without a successor.' })
  readonly closed!: number;
  @ApiProperty({ type: CandidatesView, description: 'Open exceptions that it may heal.' })
  readonly heals!: Candidates;
}
