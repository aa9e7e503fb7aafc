import { ApiProperty } from '@nestjs/swagger';
import { ANY_JSON } from '../common/index.js';
import { FeedName, StatusChangeView } from '../history/index.js';

const TEXT = { type: String, nullable: true } as const;
const OBJECT = { type: 'object', additionalProperties: true, nullable: true } as const;

export const STAGES = ['decode', 'mediate', 'resolve', 'rate', 'store'] as const;
export const EXCEPTION_STATUSES = ['open', 'reprocessed', 'superseded', 'discarded'] as const;

/** A rejected record: what was sent, how far it came, and why it went no further. */
export class ExceptionView {
  @ApiProperty({ example: 'e17-3' }) id!: string;
  @ApiProperty({ format: 'uuid' }) trackingId!: string;
  @ApiProperty({ type: 'integer' }) index!: number;
  @ApiProperty() feed!: FeedName;
  @ApiProperty({ enum: STAGES }) stage!: (typeof STAGES)[number];
  @ApiProperty({ ...TEXT, example: 'resolve-identifier', description: "The step's name in the profile." })
  step!: string | null;
  @ApiProperty({ example: 'identifier_not_found' }) code!: string;
  @ApiProperty({ ...TEXT, example: 'originatingIdentifier' }) field!: string | null;
  @ApiProperty({ example: 'nobody owned "4038675310" of type Telephone on 2022-05-01' }) message!: string;
  @ApiProperty({
    ...OBJECT,
    description:
      'Further facts: candidates, limits, both sides of a conflict; `{"hidden":true}` stands for usage of an import that the ' +
      'caller may not read.',
  })
  details!: unknown;
  @ApiProperty({
    ...ANY_JSON,
    description: 'As it was sent: a row is a string, and what is no record may be any JSON.',
  })
  raw!: unknown;
  @ApiProperty({
    description:
      'What the last correction made of it: that is what is reprocessed. Null where it was never corrected.',
    nullable: true,
    oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }],
  })
  corrected!: unknown;
  @ApiProperty({ ...OBJECT, description: 'The record as far as it came; null where it was never decoded.' })
  record!: unknown;
  @ApiProperty(TEXT) usageKey!: string | null;
  @ApiProperty({ enum: EXCEPTION_STATUSES }) status!: (typeof EXCEPTION_STATUSES)[number];
  @ApiProperty({ type: 'integer', description: 'Counts up with every correction; 0 is what was sent.' })
  revision!: number;
  @ApiProperty({ format: 'date-time', description: 'When the record was rejected first.' })
  createdAt!: string;
  @ApiProperty({
    description: 'Equal for exceptions of one cause: code, step, field and normalised message.',
  })
  fingerprint!: string;
  @ApiProperty({ ...TEXT, format: 'uuid', description: 'The import that settled it.' }) resolvedBy!:
    string | null;
  @ApiProperty({
    type: StatusChangeView,
    nullable: true,
    description: 'Who discarded, reopened or settled it, when and why; null where nobody has.',
  })
  changed!: StatusChangeView | null;
}

export class ExceptionSample {
  @ApiProperty({ example: 'e17-3' }) id!: string;
  @ApiProperty() message!: string;
}

export class MissingValue {
  @ApiProperty({ ...TEXT, description: 'The type of an identifier, or the name of a table.' }) type!:
    string | null;
  @ApiProperty() value!: string;
  @ApiProperty({ type: 'integer' }) count!: number;
}

/** What look-ups did not find. */
export class MissingValues {
  @ApiProperty({ enum: ['identifier', 'rate', 'table'] }) kind!: 'identifier' | 'rate' | 'table';
  @ApiProperty({ type: 'integer', description: 'How many different values are missing.' })
  distinctValues!: number;
  @ApiProperty({ type: [MissingValue], description: 'The ten most frequent.' }) values!: MissingValue[];
}

/** Exceptions of one cause. */
export class ExceptionGroup {
  @ApiProperty() fingerprint!: string;
  @ApiProperty({
    type: 'integer',
    description: 'Of the algorithm: fingerprints of two versions are never equal.',
  })
  fingerprintVersion!: number;
  @ApiProperty({ enum: STAGES }) stage!: (typeof STAGES)[number];
  @ApiProperty(TEXT) step!: string | null;
  @ApiProperty() code!: string;
  @ApiProperty(TEXT) field!: string | null;
  @ApiProperty({ type: 'integer' }) count!: number;
  @ApiProperty({ format: 'date-time', description: 'When the first of the records was rejected first.' })
  firstSeenAt!: string;
  @ApiProperty({ format: 'date-time', description: 'When one of them was rejected last.' })
  lastSeenAt!: string;
  @ApiProperty({ description: 'The one that was rejected last.' }) sample!: ExceptionSample;
  @ApiProperty({ type: MissingValues, nullable: true, description: 'Where the cause is a look-up.' })
  missing!: MissingValues | null;
}
