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

/**
 * A list answer of items of a type, or of a schema.
 * @param head what is shown beside the items
 */
export function ApiPageOf(item: Type | object, head?: Type): MethodDecorator {
  const isType = typeof item === 'function';
  const page = {
    type: 'object',
    required: ['items', 'nextCursor'],
    properties: {
      items: { type: 'array', items: isType ? { $ref: getSchemaPath(item) } : item },
      nextCursor: { type: 'string', nullable: true },
    },
  };
  return applyDecorators(
    ApiExtraModels(...(isType ? [item as Type] : []), ...(head ? [head] : [])),
    ApiOkResponse({ schema: head ? { allOf: [{ $ref: getSchemaPath(head) }, page] } : page }),
  );
}

/** The refusals of a route, by status. */
export function ApiProblems(...statuses: number[]): MethodDecorator {
  return applyDecorators(...statuses.map((status) => ApiResponse({ status, ...problemAnswer(status) })));
}

/** The description of a refusal; its body is the schema `Problem`. */
export function problemAnswer(status: number, description = WORDS[status] ?? '') {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return { description, content };
}

/** What a record is as it was sent, also one that is none. */
export const ANY_JSON = {
  nullable: true,
  oneOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
  ],
};

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
