import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';

const MAX_COLUMNS = 1000;
const MAX_NAME_LENGTH = 200;
const MAX_ROW_LENGTH = 100_000;

export class Column {
  @JSONSchema({ description: 'Name of the column; it becomes the decoded field.' })
  @MaxLength(MAX_NAME_LENGTH)
  @MinLength(1)
  @IsString()
  name!: string;

  @JSONSchema({
    description:
      'The character where it begins, counted from 1; behind the column before where not said. Columns may overlap and leave gaps.',
  })
  @IsOptional()
  @Max(MAX_ROW_LENGTH)
  @Min(1)
  @IsInt()
  start?: number;

  @JSONSchema({ description: 'How many characters it has.' })
  @Max(MAX_ROW_LENGTH)
  @Min(1)
  @IsInt()
  length!: number;

  @JSONSchema({
    description:
      'Where padding is dropped: at `both` ends, in front (`start`), behind (`end`) or nowhere (`none`).',
  })
  @IsIn(['both', 'start', 'end', 'none'])
  trim: 'both' | 'start' | 'end' | 'none' = 'both';

  @JSONSchema({
    description: 'The character that it is padded with. Of nothing but zeros one stays: it is the number 0.',
  })
  @Matches(/^[^\P{Any}\p{Surrogate}\r\n]$/u, { message: 'padding must be one character' })
  @IsString()
  padding = ' ';
}

export class Config {
  @JSONSchema({ description: 'The columns, in any order.' })
  @Type(() => Column)
  @ValidateNested({ each: true })
  @ArrayUnique(({ name }: Column) => name, { message: 'each column must have a name of its own' })
  @ArrayMaxSize(MAX_COLUMNS)
  @ArrayNotEmpty()
  @IsArray()
  columns!: Column[];

  @JSONSchema({
    description:
      'A row that ends before its last column does: an exception (`reject`), or filled up with blanks (`fill`), as where the blanks at the end were cut.',
  })
  @IsIn(['reject', 'fill'])
  shortRows: 'reject' | 'fill' = 'reject';

  @JSONSchema({
    description:
      'A row that goes on behind its last column: an exception (`reject`), or the rest is not read (`cut`).',
  })
  @IsIn(['reject', 'cut'])
  longRows: 'reject' | 'cut' = 'reject';

  @JSONSchema({
    description:
      'What an empty column becomes: no field at all (`missing`), `null`, or an empty text (`text`).',
  })
  @IsIn(['missing', 'null', 'text'])
  emptyAs: 'missing' | 'null' | 'text' = 'missing';
}
