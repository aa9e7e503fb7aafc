import { isUtf8 } from 'node:buffer';
import { badParameter } from '../../common/index.js';
import { invalidHeader } from './refusals.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const MAX_SOURCE_LENGTH = 255;

/** Control characters, and what turns the direction of text around: no part of a file's name. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;

/** @throws Problem 400 where the key is not 1..255 visible ASCII characters */
export function readIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && IDEMPOTENCY_KEY.test(header)) return header;
  throw badParameter('Idempotency-Key', 'must be one text of 1 to 255 visible ASCII characters.');
}

/**
 * Where a post came from, as the sender says: one printable line, or null.
 * @throws Problem 400 where it has more than 255 characters
 */
export function readSource(header: string | string[] | undefined): string | null {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  const bytes = Buffer.from(text, 'latin1');
  const name = isUtf8(bytes) ? bytes.toString('utf8') : text;
  const line = name.replace(UNPRINTABLE, ' ').trim();
  const { length } = [...line];
  if (length > MAX_SOURCE_LENGTH) {
    throw invalidHeader(
      'Feedmill-Source',
      `has ${length} characters; at most ${MAX_SOURCE_LENGTH} are taken.`,
    );
  }
  return line || null;
}
