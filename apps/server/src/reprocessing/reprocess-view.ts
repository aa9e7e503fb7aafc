import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Ineligible } from '../exceptions/index.js';
import { FeedName, IMPORT_STATUSES } from '../history/index.js';

const COUNT = { type: 'integer', minimum: 0, example: 2 } as const;
const COUNTS = { type: 'object', additionalProperties: { type: 'integer' } } as const;
const MOMENT = { type: String, format: 'date-time' } as const;
const MONEY = {
  type: 'object',
  additionalProperties: { type: 'string' },
  example: { USD: '-12.5' },
  description: 'What it adds to the ledger, by currency; without test usage.',
} as const;
const TEST_MONEY = {
  ...MONEY,
  description: 'As `difference`, of test usage alone: it is in no total.',
} as const;

/** A reprocessing that has begun. */
export class ReprocessAnswer {
  @ApiProperty({ format: 'uuid' }) reprocessId!: string;
  @ApiProperty({ ...COUNT, description: 'Records that are decided again.' }) eligible!: number;
  @ApiProperty({ type: [Ineligible] }) ineligible!: readonly Ineligible[];
  @ApiProperty({ type: [String], description: 'Tracking ids: one import per feed and profile version.' })
  imports!: readonly string[];
}

export class VerdictsView {
  @ApiProperty(COUNT) imported!: number;
  @ApiProperty(COUNT) exception!: number;
  @ApiProperty(COUNT) skipped!: number;
  @ApiProperty(COUNT) duplicate!: number;
}

export class ReasonsView {
  @ApiProperty({ ...COUNTS, example: { unchanged: 3 } }) skipped!: Readonly<Record<string, number>>;
  @ApiProperty({ ...COUNTS, example: { rate_not_found: 1 } }) exception!: Readonly<Record<string, number>>;
}

/** What a correction would come to; nothing is stored. */
export class OutcomeView {
  @ApiProperty() verdicts!: VerdictsView;
  @ApiProperty() reasons!: ReasonsView;
  @ApiProperty(MONEY) difference!: Readonly<Record<string, string>>;
  @ApiProperty(TEST_MONEY) testDifference!: Readonly<Record<string, string>>;
}

export class DryReprocessView extends OutcomeView {
  @ApiProperty(COUNT) eligible!: number;
  @ApiProperty({ type: [Ineligible] }) ineligible!: readonly Ineligible[];
}

export class ReprocessImport {
  @ApiProperty({ format: 'uuid' }) trackingId!: string;
  @ApiProperty() feed!: FeedName;
  @ApiProperty({ type: 'integer' }) profileVersion!: number;
  @ApiProperty({ enum: IMPORT_STATUSES }) status!: (typeof IMPORT_STATUSES)[number];
  @ApiProperty(COUNT) total!: number;
  @ApiProperty(COUNT) pending!: number;
}

/** A reprocessing as lists show it. */
export class ReprocessSummary {
  @ApiProperty({ format: 'uuid' }) reprocessId!: string;
  @ApiProperty({ enum: ['running', 'completed', 'cancelled'] }) status!:
    'running' | 'completed' | 'cancelled';
  @ApiProperty(MOMENT) requestedAt!: string;
  @ApiProperty() requestedBy!: string;
  @ApiProperty() reason!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What was asked for.' })
  request!: object;
  @ApiProperty(COUNT) eligible!: number;
  @ApiProperty({ type: [Ineligible] }) ineligible!: readonly Ineligible[];
  @ApiProperty({ ...MOMENT, nullable: true }) cancelledAt!: string | null;
  @ApiProperty({ ...COUNT, description: 'Records that have a verdict.' }) done!: number;
  @ApiProperty(COUNT) pending!: number;
  @ApiProperty() verdicts!: VerdictsView;
}

/** How far a reprocessing has come. */
export class ReprocessView extends ReprocessSummary {
  @ApiProperty() reasons!: ReasonsView;
  @ApiProperty(MONEY) difference!: Readonly<Record<string, string>>;
  @ApiProperty(TEST_MONEY) testDifference!: Readonly<Record<string, string>>;
  @ApiProperty({ type: [ReprocessImport] }) imports!: readonly ReprocessImport[];
}

export class OrphansFilter {
  @ApiProperty({ format: 'uuid', description: 'The import that is reverted.' }) orphanedBy!: string;
}

export class OrphansSelection {
  @ApiProperty() filter!: OrphansFilter;
}

/** Duplicates in other imports that pointed at what is reversed. */
export class OrphansView {
  @ApiProperty(COUNT) count!: number;
  @ApiProperty({
    description: 'To be reprocessed with `mode: all` once the revert has ended: what it has orphaned then.',
  })
  selection!: OrphansSelection;
}

/** A reprocessing whose records are found when the revert has ended. */
export class AwaitingRevertView {
  @ApiProperty({ format: 'uuid' }) reprocessId!: string;
}

/** A revert that has begun. */
export class RevertAnswer {
  @ApiProperty({ format: 'uuid', description: 'Of the import of channel `revert`.' }) trackingId!: string;
  @ApiProperty({ format: 'uuid', description: 'The import whose usage is reversed.' }) reverts!: string;
  @ApiProperty({
    ...COUNTS,
    example: { total: 2, imported: 0, exception: 0, skipped: 0, duplicate: 0, pending: 2 },
  })
  counts!: Readonly<Record<string, number>>;
  @ApiProperty({
    description:
      'The count as of now, in feeds of the caller; the selection means what the revert has orphaned in the end.',
  })
  orphanedDuplicates!: OrphansView;
  @ApiPropertyOptional({
    description:
      'With `reprocessOrphans`: finds its records when the revert has ended, and is followed as any.',
  })
  reprocess?: AwaitingRevertView;
}

/** What a revert would come to; nothing is stored. */
export class DryRevertView {
  @ApiProperty({ format: 'uuid' }) reverts!: string;
  @ApiProperty(COUNTS) counts!: Readonly<Record<string, number>>;
  @ApiProperty(MONEY) difference!: Readonly<Record<string, string>>;
  @ApiProperty(TEST_MONEY) testDifference!: Readonly<Record<string, string>>;
  @ApiProperty() orphanedDuplicates!: OrphansView;
}

/** What a correction of one usage record has written. */
export class CorrectedUsage {
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Null where nothing was to be changed.',
  })
  trackingId!: string | null;
  @ApiProperty({ enum: ['imported', 'exception', 'skipped', 'duplicate', 'pending'] }) verdict!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Why nothing was changed.' }) reason!:
    string | null;
  @ApiProperty({ type: [String], description: 'Ids of the reversals.' }) reversals!: readonly string[];
  @ApiProperty({ type: [String], description: 'Ids of the new entries.' }) usage!: readonly string[];
}

/** A correction of one usage record that has not been done yet. */
export class CorrectionUnderWay {
  @ApiProperty({ format: 'uuid' }) trackingId!: string;
}
