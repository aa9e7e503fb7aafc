import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';

const MAX_CONFIGURED_LENGTH = 200;
const MAX_PADDED_LENGTH = 1024;
/** A text without halves of surrogate pairs: one could be found inside of a character. */
const WHOLE_CHARACTERS = /^\P{Surrogate}*$/u;
const WHOLE = { message: '$property must not hold half of a surrogate pair' };

export class Substitution {
  @JSONSchema({ description: 'The text to look for, exactly; every place of it is taken.' })
  @Matches(WHOLE_CHARACTERS, WHOLE)
  @MaxLength(MAX_CONFIGURED_LENGTH)
  @IsNotEmpty()
  @IsString()
  text!: string;

  @JSONSchema({ description: 'What stands there instead; may be empty.' })
  @Matches(WHOLE_CHARACTERS, WHOLE)
  @MaxLength(MAX_CONFIGURED_LENGTH)
  @IsString()
  with!: string;
}

export class ValueMap {
  @JSONSchema({
    description: 'Whole texts, each with the text that takes its place (`{ M: Mobile, F: Fixed }`).',
    additionalProperties: { type: 'string' },
  })
  @IsObject()
  values!: Record<string, string>;

  @JSONSchema({ description: 'What becomes of a text that is not among the values.' })
  @IsIn(['reject', 'keep'])
  others: 'reject' | 'keep' = 'reject';
}

export class Padding {
  @JSONSchema({ description: 'Characters that the text has in the end; a longer one stays as it is.' })
  @Max(MAX_PADDED_LENGTH)
  @Min(1)
  @IsInt()
  length!: number;

  @JSONSchema({ description: 'The character that fills it up.' })
  @Matches(/^\P{Surrogate}$/u, { message: 'with must be one character' })
  @IsString()
  with = ' ';

  @JSONSchema({ description: 'Where it is filled up: in front (`start`) or behind (`end`).' })
  @IsIn(['start', 'end'])
  side: 'start' | 'end' = 'start';
}

export class Replacement {
  @JSONSchema({ description: 'The regular expression (RE2: no look-around, no back-references).' })
  @IsNotEmpty()
  @IsString()
  pattern!: string;

  @JSONSchema({
    description:
      'What stands there instead; `$1` and `$<name>` are groups, `$&` the match, `$$` a dollar sign.',
  })
  @Matches(WHOLE_CHARACTERS, WHOLE)
  @MaxLength(MAX_CONFIGURED_LENGTH)
  @IsString()
  with!: string;

  @JSONSchema({ description: 'Which matches are replaced.' })
  @IsIn(['all', 'first'])
  which: 'all' | 'first' = 'all';

  @JSONSchema({ description: 'Whether upper and lower case are the same to the pattern.' })
  @IsBoolean()
  ignoreCase = false;
}

export class Extraction {
  @JSONSchema({ description: 'The regular expression (RE2: no look-around, no back-references).' })
  @IsNotEmpty()
  @IsString()
  pattern!: string;

  @JSONSchema({
    description:
      'The group that is taken, 0 for the whole match; the first group where not said, else the whole match.',
  })
  @IsOptional()
  @Max(99)
  @Min(0)
  @IsInt()
  group?: number;

  @JSONSchema({ description: 'Whether upper and lower case are the same to the pattern.' })
  @IsBoolean()
  ignoreCase = false;
}

export class TextOperation {
  @JSONSchema({
    description:
      'The field to set: a usage field that is a text, any other name for the steps behind, or `extensions.name`.',
  })
  @IsNotEmpty()
  @IsString()
  field!: string;

  @JSONSchema({ description: 'The field to read, by name or by path, where that is not the one to set.' })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  from?: string;

  @JSONSchema({ description: 'To `upper` or `lower` case, the same in every locale.' })
  @IsOptional()
  @IsIn(['upper', 'lower'])
  case?: 'upper' | 'lower';

  @JSONSchema({
    description:
      'Blanks at both ends, the `start` or the `end` are dropped; `collapse`: at both ends, and runs of them inside become one.',
  })
  @IsOptional()
  @IsIn(['both', 'start', 'end', 'collapse'])
  trim?: 'both' | 'start' | 'end' | 'collapse';

  @JSONSchema({ description: 'A text in it is replaced by another.' })
  @IsOptional()
  @Type(() => Substitution)
  @ValidateNested()
  substitute?: Substitution;

  @JSONSchema({ description: 'The whole text is replaced by the one that a list of values has for it.' })
  @IsOptional()
  @Type(() => ValueMap)
  @ValidateNested()
  map?: ValueMap;

  @JSONSchema({ description: 'Filled up to a length.' })
  @IsOptional()
  @Type(() => Padding)
  @ValidateNested()
  pad?: Padding;

  @JSONSchema({ description: 'What a regular expression matches is replaced.' })
  @IsOptional()
  @Type(() => Replacement)
  @ValidateNested()
  replace?: Replacement;

  @JSONSchema({ description: 'What a regular expression matches is all that stays.' })
  @IsOptional()
  @Type(() => Extraction)
  @ValidateNested()
  extract?: Extraction;

  @JSONSchema({
    description: 'Whether the field is left as it is when there is nothing to read or to extract.',
  })
  @IsBoolean()
  optional = false;
}

export class Config {
  @JSONSchema({ description: 'What is done, in this order; each sees what those before have set.' })
  @Type(() => TextOperation)
  @ValidateNested({ each: true })
  @ArrayMaxSize(100)
  @ArrayNotEmpty()
  @IsArray()
  operations!: TextOperation[];
}
