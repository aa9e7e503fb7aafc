import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';

const MAX_LENGTH = 1000;
/** Not a space, and nothing that cannot be seen. */
const VISIBLE = /[^\s\p{C}]/u;

/** A member that says why: a text that is not blank. */
export const IsReason = () =>
  applyDecorators(
    ApiProperty({ type: String, minLength: 1, maxLength: MAX_LENGTH }),
    ValidateBy({
      name: 'isReason',
      validator: {
        validate: (value) => problemOf(value) === null,
        defaultMessage: (of) => `${of!.property} ${problemOf(of!.value)}`,
      },
    }),
  );

function problemOf(value: unknown): string | null {
  if (typeof value !== 'string') return 'must be a text';
  if (value.length < 1 || value.length > MAX_LENGTH) return `must have 1 to ${MAX_LENGTH} characters`;
  return VISIBLE.test(value) ? null : 'must not be blank';
}
