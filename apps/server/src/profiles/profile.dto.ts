import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { IsReason } from '../common/index.js';
import { PROFILE_NAME } from './profile.js';

export class CreateProfileDto {
  /** Letters, digits, dots, underscores and hyphens. */
  @Matches(PROFILE_NAME, {
    message: 'name must be 1 to 100 letters, digits, ".", "_" or "-", and begin with a letter or digit',
  })
  name!: string;

  @IsOptional()
  @IsString()
  @MaxLength(1000)
  description?: string;
}

export class PublishVersionDto {
  /** Why: shown with the version, for ever. */
  @IsReason()
  comment!: string;
}

export class StepUseDto {
  /** `type@version` of a step type. */
  @ApiProperty({ example: 'rate-usage@1' })
  use!: string;

  /** Unique in the profile; the type where not said. */
  name?: string;

  /** JSONata: the step is left out for records where it is false. */
  when?: string;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { plan: 'standard' } })
  config!: object;
}

export class DecodeDto {
  @ApiProperty({ example: 'decode-json@1' })
  use!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, example: {} })
  config!: object;
}

/** Describes what a version holds; a child process, which has the step types, checks it. */
export class DefinitionDto {
  decode!: DecodeDto;

  @ApiProperty({ type: [StepUseDto] })
  steps!: StepUseDto[];
}
