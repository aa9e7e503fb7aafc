import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';

/**
 * A member that names feeds by ids or API names, or is left out for all.
 * @param max how many it may name
 */
export const IsFeedList = (max: number) =>
  applyDecorators(
    ApiPropertyOptional({ type: [String], minItems: 1, maxItems: max }),
    IsOptional(),
    ValidateBy({
      name: 'isFeedList',
      validator: {
        validate: (value) => problemOf(value, max) === null,
        defaultMessage: (of) => `${of!.property} ${problemOf(of!.value, max)}`,
      },
    }),
  );

function problemOf(value: unknown, max: number): string | null {
  if (!Array.isArray(value)) return 'must be a list of ids or API names of feeds';
  if (value.length === 0) return 'must name at least one feed, or be left out for all';
  if (value.length > max) return `must name at most ${max} feeds`;
  return value.every((name) => typeof name === 'string') ? null : 'must have texts alone: ids or API names';
}
