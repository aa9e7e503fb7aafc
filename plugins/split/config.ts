import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import type { FieldKind } from 'feedmill/pipeline';

const KINDS: readonly FieldKind[] = ['text', 'decimal', 'integer', 'boolean', 'timestamp'];

export class IntervalSplit {
  @JSONSchema({
    description:
      'The interval: minutes or hours that divide a day (`PT15M`, `PT1H`), or `P1D`, `P1W` (from Monday), `P1M`.',
  })
  @IsString()
  every!: string;

  @JSONSchema({ description: 'The field that says how long the usage lasts, from its date.' })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  duration?: string;

  @JSONSchema({ description: 'The unit of `duration`.' })
  @IsIn(['milliseconds', 'seconds', 'minutes', 'hours'])
  unit: 'milliseconds' | 'seconds' | 'minutes' | 'hours' = 'seconds';

  @JSONSchema({
    description: 'In place of `duration`: the field that says when the usage ends, a timestamp.',
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  until?: string;

  @JSONSchema({ description: 'A field to set to the length of the part in seconds.' })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  secondsTo?: string;
}

export class ElementField {
  @JSONSchema({
    description: 'The usage field to set, any other name for the steps behind, or `extensions.name`.',
  })
  @IsNotEmpty()
  @IsString()
  field!: string;

  @JSONSchema({
    description: "The element's member to take, by name or by path; the element itself where not said.",
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  from?: string;

  @JSONSchema({
    description: "What the value is; the usage field's own kind where not said, else it is taken as it is.",
  })
  @IsOptional()
  @IsIn(KINDS)
  as?: FieldKind;

  @JSONSchema({ description: 'Whether the field stays that of the whole where the element has none.' })
  @IsBoolean()
  optional = false;
}

export class ElementSplit {
  @JSONSchema({ description: 'The field that holds the list, by name or by path (`Extensions.lines`).' })
  @IsNotEmpty()
  @IsString()
  from!: string;

  @JSONSchema({ description: 'What each part takes from its element.' })
  @Type(() => ElementField)
  @ValidateNested({ each: true })
  @ArrayMaxSize(100)
  @IsArray()
  fields: ElementField[] = [];

  @JSONSchema({
    description: "The element's member by which `share` is shared; equally where not said.",
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  weight?: string;

  @JSONSchema({
    description:
      'What becomes of a record whose list is empty: an exception (`reject`), `skip` it (`no_elements`), or `keep` it whole.',
  })
  @IsIn(['reject', 'skip', 'keep'])
  empty: 'reject' | 'skip' | 'keep' = 'reject';
}

export class Config {
  @JSONSchema({ description: 'Split by time: a part for each interval that the usage touches.' })
  @IsOptional()
  @Type(() => IntervalSplit)
  @ValidateNested()
  interval?: IntervalSplit;

  @JSONSchema({ description: 'Split by a list: a part for each of its elements.' })
  @IsOptional()
  @Type(() => ElementSplit)
  @ValidateNested()
  elements?: ElementSplit;

  @JSONSchema({
    description:
      'Decimal fields of which each part gets its share; `value` where not said and the split is by time, else none.',
  })
  @IsOptional()
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayUnique()
  @ArrayMaxSize(20)
  @IsArray()
  share?: string[];

  @JSONSchema({
    description: 'Digits behind the point of shares; as many as the whole has, where it has more.',
  })
  @Max(18)
  @Min(0)
  @IsInt()
  scale = 6;
}
