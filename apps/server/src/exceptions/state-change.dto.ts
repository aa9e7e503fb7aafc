import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsObject, IsOptional } from 'class-validator';
import { IsReason } from '../common/index.js';

export const SELECTION_SCHEMA = {
  type: 'object',
  additionalProperties: true,
  example: { filter: { feed: 'usageJson', code: 'identifier_not_found' } },
  description:
    'Exactly one of `trackingIds`, `exceptionIds`, `healedBy` (a changeId) and `filter` (as the list takes them).',
} as const;

/** Exceptions that an operator discards or reopens. */
export class StateChangeDto {
  /** Read by `readSelection`. */
  @ApiProperty(SELECTION_SCHEMA)
  @IsObject({ message: 'selection must be an object' })
  selection!: object;

  /** Why: kept with each exception, and in the audit. */
  @IsReason()
  reason!: string;

  /** Says what would be changed, and changes nothing. */
  @IsOptional()
  @IsBoolean({ message: 'dryRun must be true or false' })
  dryRun?: boolean;
}

/** How many of a selection were left out, and why. */
export class Ineligible {
  @ApiProperty({ example: 'not_open' }) reason!: string;
  @ApiProperty({ type: 'integer' }) count!: number;
}

export class StateChangeView {
  /** Exceptions that the selection names. */
  @ApiProperty({ type: 'integer' }) matched!: number;
  /** Of them, those that were changed, or by a dry run would be. */
  @ApiProperty({ type: 'integer' }) changed!: number;
  @ApiProperty({ type: [Ineligible] }) ineligible!: Ineligible[];
}
