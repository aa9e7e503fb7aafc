import { IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
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
  @IsString()
  @Length(1, 1000)
  comment!: string;
}
