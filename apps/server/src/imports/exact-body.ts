import { parseBody } from '../common/index.js';
import { toBuffer } from './accept/accept.controller.js';
import { parseKeepingNumbers } from './envelope/index.js';

/**
 * The JSON body of a route with `RawBody` that takes a record: numbers that a double cannot hold are `ExactNumber`s.
 * @throws Problem 400 `malformed_body`, 415 `unsupported_media_type`
 */
export function readExactBody(body: unknown, contentType = ''): unknown {
  return parseBody(toBuffer(body), contentType, undefined, parseKeepingNumbers);
}
