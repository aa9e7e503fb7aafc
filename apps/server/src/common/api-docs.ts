import { type Type, applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiQuery, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { Parameters } from './parameters.js';

/** Describes the query parameters that a route reads, by the declarations that read them. */
export function ApiParameters(parameters: Parameters): MethodDecorator {
  return applyDecorators(
    ...Object.entries(parameters).map(([name, { schema, description }]) =>
      ApiQuery({ name, required: false, schema, description }),
    ),
  );
}

/** A list answer of items of a type. */
export function ApiPageOf(item: Type): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(item),
    ApiOkResponse({
      schema: {
        type: 'object',
        required: ['items', 'nextCursor'],
        properties: {
          items: { type: 'array', items: { $ref: getSchemaPath(item) } },
          nextCursor: { type: 'string', nullable: true },
        },
      },
    }),
  );
}

/** The refusals of a route, by status; their body is the schema `Problem`. */
export function ApiProblems(...statuses: number[]): MethodDecorator {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return applyDecorators(
    ...statuses.map((status) => ApiResponse({ status, description: WORDS[status] ?? '', content })),
  );
}

const WORDS: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood.',
  401: 'The key is missing or wrong.',
  403: 'The key is not for this.',
  404: 'There is no such thing.',
  409: 'Not in the present state.',
  410: 'Its time to be kept is over.',
  413: 'Too large.',
  415: 'This content type is not offered.',
  422: 'Understood, and not possible.',
  429: 'Too many requests.',
  503: 'Not just now; see `Retry-After`.',
};
