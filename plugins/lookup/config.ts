import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';

const SCALAR = { type: ['string', 'number', 'boolean'] } as unknown as { type: 'string' };
const KINDS = ['text', 'decimal', 'integer', 'boolean'] as const;

export type MatchBy = 'exact' | 'longestPrefix' | 'range';
export type CellKind = (typeof KINDS)[number];

export class ColumnMatch {
  @JSONSchema({
    description: "The field whose value is looked up: a usage field or the source's, by name or by path.",
  })
  @IsNotEmpty()
  @IsString()
  from!: string;

  @JSONSchema({
    description:
      'How a row fits: `exact`, the texts are equal; `longestPrefix`, the value begins with the cell, the longest ' +
      'wins; `range`, the value lies between two cells.',
  })
  @IsIn(['exact', 'longestPrefix', 'range'])
  by: MatchBy = 'exact';

  @JSONSchema({
    description:
      'The column to compare with; of a range the one that holds its beginning, which belongs to it.',
  })
  @IsNotEmpty()
  @IsString()
  column!: string;

  @JSONSchema({
    description:
      'Ranges: the column that holds the end; without it, and where its cell is empty, a range has no end. Of several that hold a value the one that begins last is taken.',
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  toColumn?: string;

  @JSONSchema({ description: 'Ranges: whether the end belongs to the range; it does not where not said.' })
  @IsOptional()
  @IsBoolean()
  includesEnd?: boolean;

  @JSONSchema({
    description:
      'Ranges: whether bounds and value are compared as decimals, by value, or as texts, character by character ' +
      '(`08:00`); `decimal` where not said.',
  })
  @IsOptional()
  @IsIn(['decimal', 'text'])
  as?: 'decimal' | 'text';
}

export class CellTarget {
  @JSONSchema({
    description: 'The usage field to set, any other name for the steps behind, or `extensions.name`.',
  })
  @IsNotEmpty()
  @IsString()
  field!: string;

  @JSONSchema({ description: 'The column of the table to take.' })
  @IsNotEmpty()
  @IsString()
  column!: string;

  @JSONSchema({ description: "What the cell is; the usage field's own kind, else `text`, where not said." })
  @IsOptional()
  @IsIn(KINDS)
  as?: CellKind;

  @JSONSchema({
    description: 'The value where the cell is empty and, with `notFound: default`, where there is no row.',
    ...SCALAR,
  })
  @IsOptional()
  @Allow()
  default?: string | number | boolean;
}

export class Config {
  @JSONSchema({ description: 'The name of the table.' })
  @IsNotEmpty()
  @IsString()
  table!: string;

  @JSONSchema({
    description: "What the row must fit by; every column of the table's key must be among the columns.",
  })
  @Type(() => ColumnMatch)
  @ValidateNested({ each: true })
  @ArrayMaxSize(10)
  @ArrayNotEmpty()
  @IsArray()
  match!: ColumnMatch[];

  @JSONSchema({ description: 'What is taken from the row.' })
  @Type(() => CellTarget)
  @ValidateNested({ each: true })
  @ArrayMaxSize(50)
  @ArrayNotEmpty()
  @IsArray()
  set!: CellTarget[];

  @JSONSchema({
    description:
      'What becomes of a record that no row fits, or that has no value to look up: `reject`, an exception; `default`, ' +
      'the defaults are set; `pass`, it goes on as it is.',
  })
  @IsIn(['reject', 'default', 'pass'])
  notFound: 'reject' | 'default' | 'pass' = 'reject';
}
