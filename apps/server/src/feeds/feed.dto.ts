import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

/** One character that is no end of line and no NUL. */
const ONE_CHARACTER = /^[^\r\n\0]$/u;

const USAGE_KEY_EXAMPLE = { fields: ['id', { field: 'date', as: 'timestamp' }], onConflict: 'exception' };

export class RowSyntaxDto {
  @IsOptional()
  @Matches(ONE_CHARACTER, { message: 'delimiter must be one character, e.g. "," or ";" or a tab' })
  delimiter?: string;

  @IsOptional()
  @Matches(ONE_CHARACTER, { message: 'quote must be one character, e.g. "\\""' })
  quote?: string;

  @IsOptional()
  @IsBoolean({ message: 'header must be true or false' })
  header?: boolean;
}

/** How long facts are kept, from their acceptance. What is left out is kept for ever. */
export class RetentionDto {
  @IsOptional()
  @IsString()
  bodies?: string;

  @IsOptional()
  @IsString()
  exceptions?: string;

  @IsOptional()
  @IsString()
  usage?: string;
}

/** A feed as an implementer writes it. What is left out has its default; null sets it back to the default. */
export class FeedDto {
  @IsString()
  @Length(1, 200, { message: 'name must have 1 to 200 characters' })
  name!: string;

  @Matches(/^[A-Za-z0-9]{1,100}$/, { message: 'apiName must be 1 to 100 letters and digits' })
  @Matches(/[A-Za-z]/, { message: 'apiName must not be all digits: that would be an id' })
  apiName!: string;

  @IsOptional()
  @IsString()
  @MaxLength(1000)
  description?: string;

  @IsOptional()
  @IsBoolean({ message: 'enabled must be true or false' })
  enabled?: boolean;

  @IsOptional()
  @IsBoolean({ message: 'paused must be true or false' })
  paused?: boolean;

  @IsIn(['rows', 'records'], { message: 'format must be rows or records' })
  format!: 'rows' | 'records';

  @IsOptional()
  @ValidateNested({ message: 'rows must be an object' })
  @Type(() => RowSyntaxDto)
  rows?: RowSyntaxDto;

  /** Name of a profile. */
  @IsString()
  profile!: string;

  /** Read by `readUsageKey`: its members are texts or objects. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: USAGE_KEY_EXAMPLE,
    description:
      '`fields`, `onConflict` (exception, replace, keep), `replaceWhen`, `cancelWhen` (JSONata); or `{"none": true}`.',
  })
  @IsObject({ message: 'usageKey must be an object: {"fields": [...]}' })
  usageKey!: object;

  @IsOptional()
  @IsString()
  timeZone?: string;

  @IsOptional()
  @IsIn(['earlier', 'later', 'reject'], { message: 'dstOverlap must be earlier, later or reject' })
  dstOverlap?: 'earlier' | 'later' | 'reject';

  @IsOptional()
  @IsIn(['reject', 'shift'], { message: 'dstGap must be reject or shift' })
  dstGap?: 'reject' | 'shift';

  @IsOptional()
  @IsString()
  @Length(1, 200, { message: 'keyScope must have 1 to 200 characters' })
  keyScope?: string;

  @IsOptional()
  @IsString()
  keyRetention?: string;

  @IsOptional()
  @ValidateNested({ message: 'retention must be an object' })
  @Type(() => RetentionDto)
  retention?: RetentionDto;

  @IsOptional()
  @IsIn(['exception', 'accept'], { message: 'lateUsage must be exception or accept' })
  lateUsage?: 'exception' | 'accept';

  @IsOptional()
  @IsBoolean({ message: 'autoHeal must be true or false' })
  autoHeal?: boolean;

  @IsOptional()
  @IsString()
  acceptUsageSince?: string;

  @IsOptional()
  @IsString()
  futureTolerance?: string;

  @IsOptional()
  @IsString()
  expectEvery?: string;

  @IsOptional()
  @IsIn(['live', 'test'], { message: 'mode must be live or test' })
  mode?: 'live' | 'test';

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @ValidateIf((feed: FeedDto) => feed.parameters !== undefined && feed.parameters !== null)
  @IsObject({ message: 'parameters must be an object' })
  parameters?: Record<string, unknown>;
}

/** What a change of a feed names. Only described: what it makes of the feed is read as a feed. */
export class FeedPatchDto extends PartialType(FeedDto) {}
