import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsISO31661Alpha2,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';

/** What becomes of a record or field whose number cannot be in E.164. */
export type Otherwise = 'reject' | 'keep' | 'skip';

const OTHERWISE: readonly Otherwise[] = ['reject', 'keep', 'skip'];

export class NumberField {
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

  @JSONSchema({ description: 'Whether the field is left as it is when there is no number.' })
  @IsBoolean()
  optional = false;
}

export class Config {
  @JSONSchema({ description: 'The fields that hold telephone numbers.' })
  @Type(() => NumberField)
  @ValidateNested({ each: true })
  @ArrayMaxSize(20)
  @ArrayNotEmpty()
  @IsArray()
  fields!: NumberField[];

  @JSONSchema({ description: 'The country of numbers that name none: ISO 3166, such as `US`.' })
  @IsOptional()
  @IsISO31661Alpha2()
  country?: string;

  @JSONSchema({
    description: 'A field that holds that country for each record; where it is missing `country` is taken.',
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  countryFrom?: string;

  @JSONSchema({
    description:
      "What stands before international numbers, beside `+` and the default country's own prefix (`00`, `011`).",
  })
  @Matches(/^\d{1,5}$/, { each: true, message: 'each prefix must be 1 to 5 digits' })
  @ArrayUnique()
  @ArrayMaxSize(20)
  @IsArray()
  internationalPrefixes: string[] = [];

  @JSONSchema({
    description:
      'What digits without any such prefix are: a `national` number, or an `international` one whose `+` was left out.',
  })
  @IsIn(['national', 'international'])
  digits: 'national' | 'international' = 'national';

  @JSONSchema({
    description:
      "`valid`: in a range that its country has assigned; `possible`: as long as its country's numbers are.",
  })
  @IsIn(['valid', 'possible'])
  check: 'valid' | 'possible' = 'valid';

  @JSONSchema({
    description: 'How the result is written: `e164` (`+12125550101`) or `digits` (`12125550101`).',
  })
  @IsIn(['e164', 'digits'])
  format: 'e164' | 'digits' = 'e164';

  @JSONSchema({
    description:
      'What is not a number: `reject` the record, `keep` the text as it is, or `skip` the record (`invalid_number`).',
  })
  @IsIn(OTHERWISE)
  invalid: Otherwise = 'reject';

  @JSONSchema({
    description:
      'Short codes and service codes (`112`, `40404`, `*100#`): the same, skipped as `short_code`.',
  })
  @IsIn(OTHERWISE)
  shortCodes: Otherwise = 'reject';

  @JSONSchema({
    description:
      'Numbers of at most so many digits, without a prefix, are short codes; 0 where there are none.',
  })
  @Max(10)
  @Min(0)
  @IsInt()
  shortCodeDigits = 6;
}
