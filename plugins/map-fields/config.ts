import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import type { FieldKind } from 'feedmill/pipeline';

const KINDS: readonly FieldKind[] = ['text', 'decimal', 'integer', 'boolean', 'timestamp'];
const SCALAR = { type: ['string', 'number', 'boolean'] } as unknown as { type: 'string' };

export type Scalar = string | number | boolean;

export class FieldMapping {
  @JSONSchema({
    description: 'The usage field to set, any other name for the steps behind, or `extensions.name`.',
  })
  @IsNotEmpty()
  @IsString()
  field!: string;

  @JSONSchema({ description: "The source's field to take, by name or by path (`Extensions.region`)." })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  from?: string;

  @JSONSchema({ description: "Several of the source's fields: the first that is not missing is taken." })
  @IsOptional()
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayMaxSize(20)
  @ArrayNotEmpty()
  fromFirst?: string[];

  @JSONSchema({ description: 'The same value for every record.', ...SCALAR })
  @IsOptional()
  @Allow()
  constant?: Scalar;

  @JSONSchema({
    description:
      'A text with fields in braces (`{Account}-{Extensions.region}`); missing where one of them is.',
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  template?: string;

  @JSONSchema({ description: 'The value where the source has none.', ...SCALAR })
  @IsOptional()
  @Allow()
  default?: Scalar;

  @JSONSchema({ description: "What the value is; the usage field's own kind, else `text`, where not said." })
  @IsOptional()
  @IsIn(KINDS)
  as?: FieldKind;

  @JSONSchema({
    description:
      'Timestamps: formats tried in turn: `iso`, `epochSeconds`, `epochMillis`, `epochMicros` or tokens such as ' +
      '`dd/MM/yyyy HH:mm:ss` (yyyy yy MMM MM M dd d HH H hh h a mm ss S Z). `iso` where not said.',
  })
  @IsOptional()
  @IsString({ each: true })
  @ArrayMaxSize(10)
  @ArrayNotEmpty()
  formats?: string[];

  @JSONSchema({
    description: "Timestamps: the IANA zone of those without an offset, in place of the feed's.",
  })
  @IsOptional()
  @IsString()
  timeZone?: string;

  @JSONSchema({ description: 'Booleans: the words for true, in any case, in place of true, 1, yes.' })
  @IsOptional()
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayNotEmpty()
  trueValues?: string[];

  @JSONSchema({ description: 'Booleans: the words for false, in any case, in place of false, 0, no.' })
  @IsOptional()
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayNotEmpty()
  falseValues?: string[];

  @JSONSchema({
    description:
      'Whether a record without a value is an exception; true for `date` and `value` where not said.',
  })
  @IsOptional()
  @IsBoolean()
  required?: boolean;
}

export class ExtensionsMapping {
  @JSONSchema({ description: 'An object of the source whose members all become extensions, as they are.' })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  from?: string;

  @JSONSchema({
    description:
      "Extensions by name, each with the source's field it is taken from, as it is (`{ date2: second_date }`).",
    additionalProperties: { type: 'string' },
  })
  @IsOptional()
  @IsObject()
  fields?: Record<string, string>;
}

export class Config {
  @JSONSchema({ description: 'The fields to set. All of them read the record as it came into this step.' })
  @Type(() => FieldMapping)
  @ValidateNested({ each: true })
  @ArrayMaxSize(200)
  @ArrayNotEmpty()
  @IsArray()
  fields!: FieldMapping[];

  @JSONSchema({ description: 'What is kept with the usage beside its own fields.' })
  @IsOptional()
  @Type(() => ExtensionsMapping)
  @ValidateNested()
  extensions?: ExtensionsMapping;

  @JSONSchema({
    description: 'Whether an empty or blank text counts as `missing`, or is a `text` like any other.',
  })
  @IsIn(['missing', 'text'])
  blankAs: 'missing' | 'text' = 'missing';
}
