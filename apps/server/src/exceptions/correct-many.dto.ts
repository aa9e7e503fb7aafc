import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsNotEmpty, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { ANY_JSON } from '../common/index.js';
import { Ineligible, SELECTION_SCHEMA } from './state-change.dto.js';

/** One JSONata expression for many exceptions. */
export class CorrectManyDto {
  /** Read by `readSelection`. */
  @ApiProperty(SELECTION_SCHEMA)
  @IsObject({ message: 'selection must be an object' })
  selection!: object;

  /** JSONata over the raw record, its last revision: gives the whole record. A row is the text `$`. */
  @ApiProperty({
    example: '$merge([$, {"OriginatingIdentifier": $replace(OriginatingIdentifier, "acct_", "acct-")}])',
  })
  @IsString()
  @IsNotEmpty({ message: 'patch must be a JSONata expression' })
  patch!: string;

  @IsOptional()
  @IsString()
  @Length(1, 1000, { message: 'note must have 1 to 1000 characters' })
  note?: string;

  /** Says what would be changed, and changes nothing; false where not said. */
  @IsOptional()
  @IsBoolean({ message: 'dryRun must be true or false' })
  dryRun?: boolean;
}

const RECORD = { oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }] };

export class CorrectedSample {
  @ApiProperty({ example: 'e17-3' }) id!: string;
  @ApiProperty(ANY_JSON) before!: unknown;
  @ApiProperty(RECORD) after!: unknown;
}

/** Records that the patch cannot be used on, for one reason. */
export class CannotCorrect {
  @ApiProperty() message!: string;
  @ApiProperty({ type: 'integer' }) count!: number;
  @ApiProperty({ example: 'e17-3', description: 'One of them.' }) sample!: string;
}

export class CorrectManyView {
  /** Exceptions that the selection names. */
  @ApiProperty({ type: 'integer' }) matched!: number;
  /** Given a new revision, or by a dry run would be. */
  @ApiProperty({ type: 'integer' }) changed!: number;
  /** The patch gives what the record is already. */
  @ApiProperty({ type: 'integer' }) unchanged!: number;
  /** Left as they are, because the patch fails on them or does not give a record. */
  @ApiProperty({ type: 'integer' }) cannot!: number;
  @ApiProperty({ type: [CannotCorrect], description: 'The ten most frequent reasons.' })
  problems!: CannotCorrect[];
  @ApiProperty({ type: [Ineligible] }) ineligible!: Ineligible[];
  @ApiProperty({ type: [CorrectedSample], description: 'Of ten that are changed.' })
  sample!: CorrectedSample[];
}
