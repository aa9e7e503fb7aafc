import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gzip, gzipSync } from 'node:zlib';
import { type BodyType, OFFERED_MEDIA_TYPES, isJsonType, toMediaType } from '../envelope/index.js';
import { isBinaryEvent, readEventAttributes } from './event-headers.js';
import { bodyTooLarge, malformedBody, unsupportedMediaType } from './refusals.js';

const gunzipAsync = promisify(gunzip);
const gzipAsync = promisify(gzip);

/** How much larger than the body as sent the decompressed body may be. */
const MAX_EXPANSION = 4;

/** Level 1: a tenth of the size for a third of a millisecond per 400 kB. */
const GZIP = { level: 1 };
/** Below this a trip to the thread pool costs more than the work. */
const COMPRESS_INLINE_BYTES = 32 * 1024;

/** A body as it was received, decompressed. */
export interface ReceivedBody {
  readonly bytes: Buffer;
  /** As the client sent it, where it sent gzip. */
  readonly gzip: Buffer | null;
}

/**
 * What the body of a post is.
 * @throws Problem 415 for what is not offered, other charsets than UTF-8 included; 422 for attributes that cannot be read
 */
export function readBodyType(headers: IncomingHttpHeaders): BodyType {
  const contentType = headers['content-type'];
  if (!contentType) throw unsupportedMediaType(`Say what the body is: Content-Type is ${offered}.`);
  requireUtf8(contentType);
  if (isBinaryEvent(headers)) {
    if (!isJsonType(contentType)) throw unsupportedMediaType('The data of an event has to be JSON.');
    return { mediaType: 'application/json', event: readEventAttributes(headers) };
  }
  const mediaType = toMediaType(contentType);
  if (!mediaType) throw unsupportedMediaType(`This content type is not offered; offered are ${offered}.`);
  return { mediaType, event: null };
}

function requireUtf8(contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8';
  if (['utf-8', 'utf8', 'us-ascii'].includes(charset)) return;
  throw unsupportedMediaType(`The charset ${charset.slice(0, 50)} is not offered; send UTF-8.`);
}

const offered = OFFERED_MEDIA_TYPES.join(', ');

/**
 * Undoes the content encoding, never past four times `maxBodyBytes`, and checks that what comes out is UTF-8.
 * @throws Problem 415 other encodings than gzip; 413 too large; 400 broken gzip or UTF-8
 */
export async function receiveBody(
  sent: Buffer,
  contentEncoding: string | undefined,
  maxBodyBytes: number,
): Promise<ReceivedBody> {
  const encoding = contentEncoding?.trim().toLowerCase() || 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw unsupportedMediaType(
      `The content encoding ${encoding.slice(0, 50)} is not offered; send gzip or none.`,
    );
  }
  const isGzip = encoding === 'gzip';
  const bytes = isGzip ? await decompress(sent, maxBodyBytes * MAX_EXPANSION) : sent;
  if (!isUtf8(bytes)) throw malformedBody('The body is not valid UTF-8.');
  return { bytes, gzip: isGzip ? sent : null };
}

/** The body as it is stored: gzip, the client's own where it sent that. */
export async function toStoredBody({ bytes, gzip }: ReceivedBody): Promise<Buffer> {
  if (gzip) return gzip;
  return bytes.length > COMPRESS_INLINE_BYTES ? gzipAsync(bytes, GZIP) : gzipSync(bytes, GZIP);
}

async function decompress(sent: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await gunzipAsync(sent, { maxOutputLength: maxBytes });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw bodyTooLarge(`The body has more than ${maxBytes} bytes when decompressed.`);
    }
    throw malformedBody(`The body is not gzip: ${message}.`);
  }
}
