import { ApiProperty } from '@nestjs/swagger';
import { ANY_JSON } from '../common/index.js';
import { ExceptionView } from '../exceptions/index.js';
import { FeedName, ProfileName, RecordHistory, RecordName } from '../history/index.js';
import { UsageView } from '../usage/index.js';

const TEXT = { type: String, nullable: true } as const;
const OBJECT = { type: 'object', additionalProperties: true } as const;
const STAGES = ['decode', 'mediate', 'resolve', 'rate', 'store'] as const;
const RESULTS = ['ok', 'split', 'skipped', 'rejected', 'left_out'] as const;

export class FieldChangeView {
  @ApiProperty({ example: 'usageClass' }) field!: string;
  @ApiProperty(ANY_JSON) before!: unknown;
  @ApiProperty(ANY_JSON) after!: unknown;
}

/** A part of a record as a step leaves it; where the step splits it, one of the parts that it makes. */
export class ExplainedPart {
  @ApiProperty({ type: 'integer', description: '0 where the record is not split.' }) part!: number;
  @ApiProperty({ enum: RESULTS, description: 'left_out: the condition of the step does not hold.' })
  result!: (typeof RESULTS)[number];
  @ApiProperty({ ...TEXT, example: 'zero_value', description: 'Of what is skipped.' }) reason!: string | null;
  @ApiProperty({ type: [FieldChangeView], description: 'What the step has changed.' })
  changes!: FieldChangeView[];
  @ApiProperty({ ...OBJECT, description: 'The fields behind the step.' }) record!: unknown;
  @ApiProperty({
    ...OBJECT,
    nullable: true,
    description:
      'What the step looked at and why it chose as it did: identifiers, rows, rates. Null where it does not say, and for integrators.',
  })
  considered!: unknown;
}

export class StepDifferenceView {
  @ApiProperty({ type: 'integer' }) part!: number;
  @ApiProperty({ example: 'rating' }) field!: string;
  @ApiProperty(ANY_JSON) then!: unknown;
  @ApiProperty(ANY_JSON) now!: unknown;
}

/** What a step does, and looks at, with the reference data of today. */
export class StepToday {
  @ApiProperty({ type: [StepDifferenceView], description: 'Fields that it sets differently.' })
  differences!: StepDifferenceView[];
  @ApiProperty({ type: [ExplainedPart] }) parts!: ExplainedPart[];
}

export class ExplainedStep {
  @ApiProperty({ example: 'rate-usage', description: 'Its name in the profile.' }) step!: string;
  @ApiProperty({ enum: STAGES }) stage!: (typeof STAGES)[number];
  @ApiProperty({ type: 'integer', description: 'Parts that came to it; 0: the record did not come so far.' })
  taken!: number;
  @ApiProperty({ type: [ExplainedPart], description: 'The part asked for, else the first ten.' })
  parts!: ExplainedPart[];
  @ApiProperty({ type: StepToday, nullable: true, description: 'Null where nothing is different today.' })
  today!: StepToday | null;
}

export class ExplainedError {
  @ApiProperty({ enum: STAGES }) stage!: (typeof STAGES)[number];
  @ApiProperty(TEXT) step!: string | null;
  @ApiProperty({ example: 'rate_not_found' }) code!: string;
  @ApiProperty(TEXT) field!: string | null;
  @ApiProperty() message!: string;
  @ApiProperty({ ...OBJECT, nullable: true }) details!: unknown;
}

/** What the profile makes of a record, before usage keys, periods and the feed's limits have their say. */
export class ExplainedOutcome {
  @ApiProperty({ enum: ['usage', 'skipped', 'cancels', 'rejected'] })
  result!: 'usage' | 'skipped' | 'cancels' | 'rejected';
  @ApiProperty({ ...TEXT, description: 'Of what is skipped.' }) reason!: string | null;
  @ApiProperty({ type: ExplainedError, nullable: true }) error!: ExplainedError | null;
  @ApiProperty({ type: 'integer', description: 'The parts that it becomes usage in.' }) parts!: number;
  @ApiProperty({ type: 'array', items: OBJECT, description: 'As it leaves the profile, of the parts shown.' })
  usage!: unknown[];
}

/** The way of a record through a profile. */
export class ExplainedRecord {
  @ApiProperty({ ...OBJECT, nullable: true, description: 'Null where it could not be decoded.' })
  decoded!: unknown;
  @ApiProperty(TEXT) usageKey!: string | null;
  @ApiProperty({ type: [ExplainedStep] }) steps!: ExplainedStep[];
  @ApiProperty() outcome!: ExplainedOutcome;
}

export class PreviewedRecord extends ExplainedRecord {
  @ApiProperty({ type: 'integer', description: 'Counted from 0 in the order sent.' }) index!: number;
}

export class PreviewedProfile {
  @ApiProperty({ example: 'usage-json' }) name!: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Null of a draft that is not saved.' })
  version!: number | null;
}

/** How a version of a profile would treat records. */
export class PreviewView {
  @ApiProperty() profile!: PreviewedProfile;
  @ApiProperty({ type: FeedName, nullable: true }) feed!: FeedName | null;
  @ApiProperty({ type: 'integer' }) referenceVersion!: number;
  @ApiProperty({ type: [PreviewedRecord] }) records!: PreviewedRecord[];
}

export class OutcomeToday {
  @ApiProperty({ type: 'integer' }) referenceVersion!: number;
  @ApiProperty({ description: 'Whether the profile comes to something else today.' }) differs!: boolean;
  @ApiProperty() outcome!: ExplainedOutcome;
}

/** How a record was decided, step by step. */
export class Explanation extends ExplainedRecord {
  @ApiProperty({ ...ANY_JSON, description: 'What was decided: as it was sent, or the revision.' })
  raw!: unknown;
  @ApiProperty({
    type: 'integer',
    description:
      '0 is what was sent; of an exception the last revision, which may not have been decided yet.',
  })
  revision!: number;
  @ApiProperty({ format: 'date-time', description: 'When it was first accepted: `$now()`.' })
  acceptedAt!: string;
  @ApiProperty({ description: 'The profile version that decided it.' }) profile!: ProfileName;
  @ApiProperty({ type: 'integer', description: 'The version of the reference data that it was decided by.' })
  referenceVersion!: number;
  @ApiProperty({
    type: Boolean,
    nullable: true,
    description:
      'Whether the way shown ends as it is stored: false where plugins or settings of the feed have changed since. Null ' +
      'where the exception was corrected since it was decided, or its record was never run to the end.',
  })
  reproduced!: boolean | null;
  @ApiProperty({ description: 'The same profile version with the reference data of today.' })
  today!: OutcomeToday;
  @ApiProperty({ description: 'Every verdict on the record, and where it stands.' }) history!: RecordHistory;
}

/** What took an entry of the ledger back. */
export class ReversalView {
  @ApiProperty({ example: 'r17-0-0-1' }) id!: string;
  @ApiProperty({ format: 'uuid', description: 'The import that did it.' }) trackingId!: string;
  @ApiProperty({ format: 'date-time' }) postedAt!: string;
  @ApiProperty({
    ...TEXT,
    example: 'revert',
    description: 'The correction; null where the source replaced or cancelled it.',
  })
  operation!: string | null;
  @ApiProperty({ ...TEXT, description: 'Why, as the correction says.' }) reason!: string | null;
  @ApiProperty({ type: RecordName, nullable: true, description: 'The record that replaced or cancelled it.' })
  by!: RecordName | null;
}

export class UsageExplanation extends Explanation {
  @ApiProperty({ description: 'The entry; of a reversal the one that it reverses.' }) usage!: UsageView;
  @ApiProperty({ type: ReversalView, nullable: true, description: 'Null while the entry is live.' })
  reversal!: ReversalView | null;
}

export class ExceptionExplanation extends Explanation {
  @ApiProperty({ description: 'As it stands; `details` of a conflict have both sides.' })
  exception!: ExceptionView;
}
