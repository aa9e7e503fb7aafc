import type { OpenAPIObject } from '@nestjs/swagger';
import { problemAnswer } from '../../common/index.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

/** Of every route that needs a key: without one, and with one of another role or feed. */
const OF_KEYS = [401, 403];
/** Of whoever reads: a parameter that is unknown or wrong. */
const OF_PARAMETERS = [400];
/** Of every body, also where none is asked for: not readable, too large, of another content type. */
const OF_BODIES = [400, 413, 415];

/** Adds the refusals that no controller decides, and so none declares. What a route says of them itself stays. */
export function addCommonProblems(document: OpenAPIObject): void {
  for (const [path, item] of Object.entries(document.paths)) {
    const isOfApi = path.startsWith('/api/v1/');
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete]) {
      if (!operation || isPublic(operation)) continue;
      add(operation, OF_KEYS);
      if (isOfApi && operation === item.get) add(operation, OF_PARAMETERS);
      if (operation.requestBody || (operation !== item.get && operation !== item.delete))
        add(operation, OF_BODIES);
    }
  }
}

const isPublic = ({ security }: Operation): boolean => security?.length === 0;

function add(operation: Operation, statuses: readonly number[]): void {
  for (const status of statuses) operation.responses[status] ??= problemAnswer(status);
}
