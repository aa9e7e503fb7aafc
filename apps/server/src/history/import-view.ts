import { ApiProperty } from '@nestjs/swagger';
import { CORRECTION_OPERATIONS, type CorrectionOperation } from './correction-view.js';

const COUNT = { type: 'integer', minimum: 0, example: 2 } as const;
const STANDING = { ...COUNT, nullable: true } as const;
const MOMENT = { type: String, format: 'date-time' } as const;
const COUNTS_BY_REASON = {
  type: 'object',
  additionalProperties: { type: 'integer' },
  example: { zero_value: 3 },
} as const;

export const CHANNELS = ['api', 'file', 'reprocess', 'revert'] as const;
export const IMPORT_STATUSES = ['queued', 'processing', 'completed', 'failed'] as const;

/** A feed as other things name it. */
export class FeedName {
  @ApiProperty({ type: 'integer', example: 1 }) id!: number;
  @ApiProperty({ example: 'Usage JSON' }) name!: string;
  @ApiProperty({ example: 'usageJson' }) apiName!: string;
}

/** The version of a profile that decided. */
export class ProfileName {
  @ApiProperty({ example: 'usage-json' }) name!: string;
  @ApiProperty({ type: 'integer', example: 1 }) version!: number;
}

/** What a run decided; adds up to `total` at every moment. */
export class ImportCounts {
  @ApiProperty(COUNT) total!: number;
  @ApiProperty(COUNT) imported!: number;
  @ApiProperty(COUNT) exception!: number;
  @ApiProperty(COUNT) skipped!: number;
  @ApiProperty(COUNT) duplicate!: number;
  @ApiProperty(COUNT) pending!: number;
}

export class ImportReasons {
  @ApiProperty(COUNTS_BY_REASON) skipped!: Record<string, number>;
  @ApiProperty({ ...COUNTS_BY_REASON, example: { rate_not_found: 1 } }) exception!: Record<string, number>;
}

/**
 * Where the records of an import stand today, whoever moved them: of a correction, those that it decided again. Each
 * record is counted once, so that all six add up to the total. Null where facts have left by retention, and of corrections of
 * more than 100,000 records (in lists, 1,000).
 */
export class ImportNow {
  @ApiProperty({ ...STANDING, description: 'Records with live usage.' }) live!: number | null;
  @ApiProperty(STANDING) openExceptions!: number | null;
  @ApiProperty({ ...STANDING, description: 'Exceptions that another record of their key made moot.' })
  superseded!: number | null;
  @ApiProperty({ ...STANDING, description: 'Exceptions that an operator discarded.' })
  discarded!: number | null;
  @ApiProperty({
    ...STANDING,
    description: 'Records whose usage has all been reversed, and that are no exception since.',
  })
  reverted!: number | null;
  @ApiProperty({
    ...STANDING,
    description: 'All others: skipped, duplicate, cancelling and pending ones, exceptions that ended so.',
  })
  other!: number | null;
}

/** Since when facts of an import are gone by retention; null where they are kept. */
export class ImportExpired {
  @ApiProperty({ ...MOMENT, nullable: true }) bodies!: string | null;
  @ApiProperty({ ...MOMENT, nullable: true }) exceptions!: string | null;
  @ApiProperty({ ...MOMENT, nullable: true }) usage!: string | null;
}

export class ImportError {
  @ApiProperty({ example: 'profile_not_loadable' }) code!: string;
  @ApiProperty() message!: string;
}

const LINK = { type: String, nullable: true } as const;
const OF_ORIGINS =
  'Null of a correction: it stands with the import that a record came with, `of` in its records.';

export class ImportLinks {
  @ApiProperty({ example: '/api/v1/imports/019a0c5e-0000-7000-8000-000000000001' }) import!: string;
  @ApiProperty() records!: string;
  @ApiProperty({ ...LINK, description: OF_ORIGINS }) source!: string | null;
  @ApiProperty({ ...LINK, description: OF_ORIGINS }) exceptions!: string | null;
  @ApiProperty({ ...LINK, description: OF_ORIGINS }) usage!: string | null;
}

export class ImportView {
  @ApiProperty({ format: 'uuid' }) trackingId!: string;
  @ApiProperty() feed!: FeedName;
  @ApiProperty() profile!: ProfileName;
  @ApiProperty({ type: String, nullable: true, description: 'Where it came from, as the sender said.' })
  source!: string | null;
  @ApiProperty({ enum: CHANNELS }) channel!: (typeof CHANNELS)[number];
  @ApiProperty({ enum: IMPORT_STATUSES }) status!: (typeof IMPORT_STATUSES)[number];
  @ApiProperty(MOMENT) submittedAt!: string;
  @ApiProperty({ ...MOMENT, nullable: true }) startedAt!: string | null;
  @ApiProperty({ ...MOMENT, nullable: true }) endedAt!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Name of the key that sent it, or asked for the correction; `auto-heal` where nobody asked.',
  })
  submittedBy!: string | null;
  @ApiProperty({
    enum: CORRECTION_OPERATIONS,
    nullable: true,
    description: 'What a correction does with its records; null of what was sent.',
  })
  operation!: CorrectionOperation | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why a correction was asked for.' })
  reason!: string | null;
  @ApiProperty() counts!: ImportCounts;
  @ApiProperty() reasons!: ImportReasons;
  @ApiProperty() now!: ImportNow;
  @ApiProperty() expired!: ImportExpired;
  @ApiProperty({ ...COUNT, description: 'Ledger entries that this import wrote.' }) usageCount!: number;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) reprocessOf!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) revertedBy!: string | null;
  @ApiProperty({ type: ImportError, nullable: true }) error!: ImportError | null;
  @ApiProperty() links!: ImportLinks;
}
