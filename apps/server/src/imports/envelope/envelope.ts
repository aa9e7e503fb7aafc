import { toEventRecord, toRecord } from './cloud-events.js';
import type { BodyType, FeedFormat, MediaType, RowSyntax } from './content-type.js';
import { DEFAULT_ROW_SYNTAX, toBodyType, toRowSyntax } from './content-type.js';
import { BrokenElement, EnvelopeError } from './envelope-error.js';
import { parseExactJson } from './exact-json.js';
import { isObject } from './json-object.js';
import { MAX_DEPTH, scanJson } from './scan.js';
import { splitRows } from './split-rows.js';

/** What of a feed says how a body is read. */
export interface EnvelopeFeed {
  readonly format: FeedFormat;
  /** Null: the default syntax. */
  readonly rows: RowSyntax | null;
}

export interface Envelope {
  /**
   * One element per record, in the order sent: texts of rows, objects, and whatever else stood in
   * the place of a record (`isOfFormat` tells).
   */
  readonly elements: unknown[];
  /** The body has numbers that a double cannot hold: it has to be read again with `exact`. */
  readonly hasExactNumbers: boolean;
}

/**
 * Reads a body that is being accepted. Numbers come as doubles; only count and shape matter here.
 * @param text decompressed; a byte order mark is ignored
 * @throws EnvelopeError for what is refused as a whole
 */
export function openEnvelope(type: BodyType, text: string, feed: EnvelopeFeed, maxRecords: number): Envelope {
  const body = withoutByteOrderMark(text);
  if (isBlank(body)) throw new EnvelopeError('empty_batch', 'The body is empty.');
  const facts = isJson(type.mediaType) ? scanJson(body) : null;
  if (facts && facts.depth > MAX_DEPTH) throw new EnvelopeError('malformed_body', tooDeep('The body'));
  const envelope = read(type, body, feed, false, maxRecords);
  refuseWithoutRecords(envelope.elements, type, feed.format);
  return facts ? { ...envelope, hasExactNumbers: facts.hasExactNumbers } : envelope;
}

/**
 * The elements of a body that was accepted, the same as `openEnvelope` gave.
 * @param storedType as `toStoredType` gave it
 * @param exact the body has exact numbers: they become `ExactNumber`s, all others plain numbers
 */
export function readElements(
  storedType: string,
  text: string,
  feed: EnvelopeFeed,
  exact: boolean,
): unknown[] {
  const type = toBodyType(storedType);
  if (!type) throw new Error(`a stored body has the unknown content type ${storedType}`);
  const rows = toRowSyntax(storedType) ?? feed.rows;
  return read(type, withoutByteOrderMark(text), { ...feed, rows }, exact, Infinity).elements;
}

/** Whether an element is what the feed takes: a text for `rows`, an object for `records`. */
export function isOfFormat(element: unknown, format: FeedFormat): boolean {
  if (format === 'rows') return typeof element === 'string';
  return isObject(element) && !(element instanceof BrokenElement);
}

function read(
  type: BodyType,
  text: string,
  feed: EnvelopeFeed,
  exact: boolean,
  maxRecords: number,
): Envelope {
  const { mediaType } = type;
  if (isJson(mediaType)) {
    const elements = elementsOf(parseJson(text, exact), type, feed.format);
    if (elements.length > maxRecords) throw tooMany(maxRecords);
    return { elements, hasExactNumbers: exact };
  }
  if (mediaType === 'application/x-ndjson') return readLines(text, exact, maxRecords);
  return {
    elements: upTo(maxRecords, splitRows(text, feed.rows ?? DEFAULT_ROW_SYNTAX)),
    hasExactNumbers: false,
  };
}

/** Whether the whole body is one JSON text. */
function isJson(mediaType: MediaType): boolean {
  return mediaType !== 'text/csv' && mediaType !== 'application/x-ndjson';
}

function parseJson(text: string, exact: boolean): unknown {
  try {
    return exact ? parseExactJson(text) : JSON.parse(text);
  } catch (error) {
    throw new EnvelopeError(
      'malformed_body',
      `The body is not JSON: ${(error as Error).message.slice(0, 200)}`,
    );
  }
}

function elementsOf(value: unknown, { mediaType, event }: BodyType, format: FeedFormat): unknown[] {
  if (event) return [toRecord(event, value)];
  if (mediaType === 'application/json') return unwrapped(value, format);
  const isBatch = mediaType === 'application/cloudevents-batch+json';
  if (Array.isArray(value) !== isBatch) throw new EnvelopeError('wrong_shape', isBatch ? BATCH : ONE_EVENT);
  return (isBatch ? (value as unknown[]) : [value]).map(toEventRecord);
}

const BATCH = 'A batch of events is an array of them; one alone is application/cloudevents+json.';
const ONE_EVENT =
  'This content type is for one event; an array of them is application/cloudevents-batch+json.';

/** An object whose only member is an array `data` is the envelope; any other object is one record. */
function unwrapped(value: unknown, format: FeedFormat): unknown[] {
  if (isObject(value)) {
    const [first, second] = Object.keys(value);
    if (first === 'data' && second === undefined) {
      if (Array.isArray(value.data)) return value.data;
      throw new EnvelopeError('wrong_shape', '"data" has to be an array.');
    }
    if (format === 'records') return [value];
  } else if (Array.isArray(value) && format === 'records') {
    return value;
  }
  throw new EnvelopeError('wrong_shape', `This feed takes ${SHAPES[format]}.`);
}

const SHAPES: Record<FeedFormat, string> = {
  rows: '{"data":["row", ...]}, each row a text',
  records: 'one record {...}, {"data":[{...}, ...]} or [{...}, ...]',
};

function readLines(text: string, exact: boolean, maxRecords: number): Envelope {
  let hasExactNumbers = false;
  const elements = upTo(maxRecords, lines(text), (line) => {
    const facts = scanJson(line);
    if (facts.depth > MAX_DEPTH) return new BrokenElement(line, tooDeep('The line'));
    hasExactNumbers ||= facts.hasExactNumbers;
    try {
      return exact && facts.hasExactNumbers ? parseExactJson(line) : (JSON.parse(line) as unknown);
    } catch (error) {
      return new BrokenElement(line, `The line is not JSON: ${(error as Error).message.slice(0, 200)}`);
    }
  });
  return { elements, hasExactNumbers };
}

function* lines(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
    if (!isBlank(line)) yield line;
    start = end + 1;
  }
}

function upTo(
  max: number,
  texts: Iterable<string>,
  toElement: (text: string) => unknown = (text) => text,
): unknown[] {
  const elements: unknown[] = [];
  for (const text of texts) {
    if (elements.length === max) throw tooMany(max);
    elements.push(toElement(text));
  }
  return elements;
}

function refuseWithoutRecords(elements: readonly unknown[], type: BodyType, format: FeedFormat): void {
  if (elements.length === 0) throw new EnvelopeError('empty_batch', 'The body has no records.');
  if (elements.some((element) => isOfFormat(element, format))) return;
  const [first] = elements;
  if (first instanceof BrokenElement && elements.every((element) => element instanceof BrokenElement)) {
    const isLines = type.mediaType === 'application/x-ndjson';
    if (isLines) throw new EnvelopeError('malformed_body', `No line can be read. ${first.message}`);
    throw new EnvelopeError('wrong_shape', first.message);
  }
  throw new EnvelopeError('wrong_shape', `No element is what this feed takes: ${SHAPES[format]}.`);
}

function tooMany(max: number): EnvelopeError {
  return new EnvelopeError(
    'too_many_records',
    `A request holds at most ${max} records; send the rest in further requests.`,
  );
}

const tooDeep = (what: string) => `${what} is nested deeper than ${MAX_DEPTH} levels.`;

function isBlank(text: string): boolean {
  return !/\S/.test(text);
}

function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
