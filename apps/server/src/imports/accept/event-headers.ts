import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { EventAttributes } from '../envelope/index.js';
import { wrongShape } from './refusals.js';

const PREFIX = 'ce-';
/** Its place is the Content-Type header, by the HTTP binding. */
const DATA_TYPE = 'datacontenttype';
const CLOUD_EVENTS_TYPE = /^\s*application\/cloudevents/i;

/** Whether a post is a CloudEvent in binary mode: its attributes are `ce-` headers and the body is its data. */
export function isBinaryEvent(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined && !CLOUD_EVENTS_TYPE.test(headers['content-type'] ?? '');
}

/**
 * The attributes of a CloudEvent in binary mode (CloudEvents HTTP binding 1.0, 3.1.3).
 * @throws Problem 422 for a value that is not percent-encoded UTF-8
 */
export function readEventAttributes(headers: IncomingHttpHeaders): EventAttributes {
  const attributes: Record<string, string> = { [DATA_TYPE]: headers['content-type']!.trim() };
  for (const [header, value] of Object.entries(headers)) {
    const name = header.startsWith(PREFIX) ? header.slice(PREFIX.length) : '';
    if (name !== '' && name !== DATA_TYPE) attributes[name] = decoded(header, String(value));
  }
  return attributes;
}

/** Quotes undone first, then one round of percent-decoding; a header's bytes are taken for UTF-8 where they are. */
function decoded(header: string, value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  const text = unquoted(isUtf8(bytes) ? bytes.toString('utf8') : value);
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrongShape(`The header ${header.slice(0, 50)} is not percent-encoded UTF-8.`);
  }
}

function unquoted(text: string): string {
  const isQuoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return isQuoted ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text;
}
