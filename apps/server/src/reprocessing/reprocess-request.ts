import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { IsReason, type ProblemDetail, bodyProblems, refusedBody } from '../common/index.js';
import { SELECTION_SCHEMA } from '../exceptions/index.js';
import { type ReprocessSelection, readReprocessSelection } from './reprocess-selection.js';

const MODES = ['exceptions', 'all'] as const;
const REFERENCES = ['current', 'original'] as const;
const MAX_VERSION = 2 ** 31 - 1;

export type ReprocessMode = (typeof MODES)[number];
export type VersionChoice = 'published' | 'original' | number;
export type ReferenceChoice = (typeof REFERENCES)[number];

/** Every correction says why. */
export class ReasonDto {
  @ApiProperty({ example: 'the price of May was wrong' })
  @IsReason()
  reason!: string;
}

export class ReprocessDto extends ReasonDto {
  /** Read by `readReprocessSelection`. */
  @ApiProperty({
    ...SELECTION_SCHEMA,
    description: `${SELECTION_SCHEMA.description} Or \`{"filter":{"orphanedBy":<tracking id>}}\`: what reverts of an import have orphaned.`,
  })
  @IsOptional()
  selection!: unknown;

  @ApiPropertyOptional({
    enum: MODES,
    description:
      '`exceptions`: the open exceptions of the selection. `all`: every record of the imports, or every record whose ' +
      'exception is selected. May be left out where exceptions are named: by `exceptionIds`, `healedBy`, or a filter ' +
      'that says more than feed, import and time; and with `orphanedBy`, which is of `all`.',
  })
  @IsOptional()
  @IsIn(MODES, { message: 'mode must be exceptions or all' })
  mode?: ReprocessMode;

  @ApiPropertyOptional({
    oneOf: [
      { type: 'string', enum: ['published', 'original'] },
      { type: 'integer', minimum: 1 },
    ],
    default: 'published',
    description: "Of the feed's profile, a number too; `original` is the version that decided first.",
  })
  @IsOptional()
  profileVersion?: unknown;

  @ApiPropertyOptional({ enum: REFERENCES, default: 'current' })
  @IsOptional()
  @IsIn(REFERENCES, { message: 'referenceData must be current or original' })
  referenceData?: ReferenceChoice;

  @ApiPropertyOptional({ default: false, description: 'Says what would become of at most 10,000 records.' })
  @IsOptional()
  @IsBoolean({ message: 'dryRun must be true or false' })
  dryRun?: boolean;
}

/** What is to be reprocessed, and how. */
export interface ReprocessRequest {
  readonly selection: ReprocessSelection;
  readonly mode: ReprocessMode;
  readonly profileVersion: VersionChoice;
  readonly referenceData: ReferenceChoice;
  readonly dryRun: boolean;
  readonly reason: string;
}

/** @throws Problem 422 `invalid_reprocess` with every problem */
export function readReprocess(body: unknown): ReprocessRequest {
  const problems = bodyProblems(ReprocessDto, body);
  const { selection: selected, profileVersion: version, ...rest } = (body ?? {}) as Partial<ReprocessDto>;
  const selection = readReprocessSelection(selected, problems);
  const profileVersion = readVersion(version ?? 'published', problems);
  const mode = rest.mode ?? (selection && obviousMode(selection));
  if (mode === null && selection) problems.push(MODE_MISSING);
  if (mode === 'exceptions' && selection?.by === 'orphanedBy') problems.push(NO_EXCEPTIONS);
  if (problems.length || !selection || !mode) {
    throw refusedBody('invalid_reprocess', problems);
  }
  const { referenceData = 'current', dryRun = false, reason } = rest;
  return {
    selection,
    mode,
    profileVersion,
    referenceData,
    dryRun,
    reason: reason!,
  };
}

const MODE_MISSING: ProblemDetail = {
  pointer: '/mode',
  code: 'required',
  message: 'is required with this selection: exceptions (its open exceptions) or all (all of its records)',
};

const NO_EXCEPTIONS: ProblemDetail = {
  pointer: '/mode',
  code: 'invalid_value',
  message: 'must be all: duplicates are no exceptions',
};

/** Conditions of a filter that imports have too. */
const OF_IMPORTS: ReadonlySet<string> = new Set(['feed', 'trackingId', 'from', 'to']);

/** Whether a selection is of imports, and not of exceptions by what they are. */
export function selectsImports(selection: ReprocessSelection): boolean {
  if (selection.by === 'trackingIds') return true;
  return selection.by === 'filter' && Object.keys(selection.filter).every((name) => OF_IMPORTS.has(name));
}

function obviousMode(selection: ReprocessSelection): ReprocessMode | null {
  if (selection.by === 'orphanedBy') return 'all';
  return selectsImports(selection) ? null : 'exceptions';
}

function readVersion(value: unknown, problems: ProblemDetail[]): VersionChoice {
  if (value === 'published' || value === 'original') return value;
  const number = typeof value === 'string' && /^[1-9]\d{0,9}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= MAX_VERSION)
    return number;
  problems.push({
    pointer: '/profileVersion',
    code: 'invalid_value',
    message: 'must be published, original or the number of a version',
  });
  return 'published';
}
