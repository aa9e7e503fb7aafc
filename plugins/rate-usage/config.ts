import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import type { RoundingMode } from 'feedmill/pipeline';

const ROUNDINGS: readonly RoundingMode[] = ['halfUp', 'halfEven', 'up', 'down'];

export class GivenAmount {
  @JSONSchema({ description: 'The field of the amount, by name or by path (`extensions.amount`).' })
  @IsNotEmpty()
  @IsString()
  amount!: string;

  @JSONSchema({
    description:
      "The field of its currency (ISO 4217); where not said, amounts are in the step's `currency`.",
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  currency?: string;

  @JSONSchema({
    description:
      'JSONata condition: which records come rated, and must have the amount. Where not said, those that have one.',
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  when?: string;
}

export class Config {
  @JSONSchema({
    description: 'The rate plan to price by. Fields in braces are filled in (`account-{accountId}`).',
  })
  @IsOptional()
  @IsNotEmpty()
  @IsString()
  plan?: string;

  @JSONSchema({
    description:
      'Several rate plans, in place of `plan`: the first that has a rate for the record wins. One with a field in ' +
      'braces that the record does not have is passed over.',
  })
  @IsOptional()
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayUnique()
  @ArrayMaxSize(20)
  @ArrayNotEmpty()
  plans?: string[];

  @JSONSchema({
    description: 'Where records bring their own amount: it is taken as it is, whatever the plans say.',
  })
  @IsOptional()
  @Type(() => GivenAmount)
  @ValidateNested()
  given?: GivenAmount;

  @JSONSchema({
    description:
      'What the price is: `rating` (what the customer is charged) or `cost` (what the usage costs us). Use the step ' +
      'twice for both.',
  })
  @IsIn(['rating', 'cost'])
  into: 'rating' | 'cost' = 'rating';

  @JSONSchema({
    description: 'The currency (ISO 4217) that every price must be in; any where not said.',
  })
  @IsOptional()
  @Matches(/^[A-Z]{3}$/, { message: 'currency must be three capital letters (ISO 4217), such as USD' })
  currency?: string;

  @JSONSchema({
    description:
      "The names that a rate's `match` may look at; where not said, all extensions, fields, and attributes of the identifier.",
  })
  @IsOptional()
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayUnique()
  @ArrayMaxSize(100)
  attributes?: string[];

  @JSONSchema({
    description:
      'Digits behind the point of amounts whose rate does not say; all digits (up to 18) are kept where neither does.',
  })
  @IsOptional()
  @IsInt()
  @Max(18)
  @Min(0)
  scale?: number;

  @JSONSchema({ description: "How `scale` rounds; the rate's own rounding where not said." })
  @IsOptional()
  @IsIn(ROUNDINGS)
  rounding?: RoundingMode;
}
