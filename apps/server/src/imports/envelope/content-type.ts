import type { EventAttributes } from './cloud-events.js';

export type FeedFormat = 'rows' | 'records';

/** How the rows of a text body are told apart. */
export interface RowSyntax {
  readonly delimiter: string;
  /** Empty: fields are never quoted, every line is a row. */
  readonly quote: string;
  readonly header: boolean;
}

export const DEFAULT_ROW_SYNTAX: RowSyntax = { delimiter: ',', quote: '"', header: false };

/** What a post may be, and for feeds of which formats. */
const MEDIA_TYPES = {
  'application/json': ['rows', 'records'],
  'text/csv': ['rows'],
  'application/x-ndjson': ['records'],
  'application/cloudevents+json': ['records'],
  'application/cloudevents-batch+json': ['records'],
} as const satisfies Record<string, readonly FeedFormat[]>;

export type MediaType = keyof typeof MEDIA_TYPES;

export const OFFERED_MEDIA_TYPES = Object.keys(MEDIA_TYPES) as MediaType[];

export function isForFormat({ mediaType, event }: BodyType, format: FeedFormat): boolean {
  if (event) return format === 'records';
  return (MEDIA_TYPES[mediaType] as readonly FeedFormat[]).includes(format);
}

/** The media type of a Content-Type, without its parameters; null where it is not offered. */
export function toMediaType(contentType: string): MediaType | null {
  const essence = contentType.split(';', 1)[0]!.trim().toLowerCase();
  return Object.hasOwn(MEDIA_TYPES, essence) ? (essence as MediaType) : null;
}

/** What a body is. */
export interface BodyType {
  readonly mediaType: MediaType;
  /** Attributes of the CloudEvent whose data the body is (binary mode); else null. */
  readonly event: EventAttributes | null;
}

/**
 * The content type that is stored with a body, with what else it takes to read the same records out of it
 * for ever: the row syntax that delimited text was accepted with, whatever becomes of the feed, and the
 * attributes of an event that came as headers.
 */
export function toStoredType({ mediaType, event }: BodyType, rows: RowSyntax | null): string {
  if (event) return withParameters(mediaType, eventParameters(event));
  if (mediaType !== 'text/csv') return mediaType;
  const { delimiter, quote, header } = rows ?? DEFAULT_ROW_SYNTAX;
  return withParameters(mediaType, [
    ['header', header ? 'present' : 'absent'],
    ['delimiter', delimiter],
    ['quote', quote],
  ]);
}

/** The body type in a stored content type; null where it is none that is offered. */
export function toBodyType(storedType: string): BodyType | null {
  const mediaType = toMediaType(storedType);
  if (!mediaType) return null;
  const attributes = [...parametersOf(storedType)]
    .filter(([name]) => name.startsWith(EVENT_PARAMETER))
    .map(([name, value]) => [name.slice(EVENT_PARAMETER.length), value]);
  return { mediaType, event: attributes.length ? Object.fromEntries(attributes) : null };
}

/** The row syntax in a stored content type; null where it has none. */
export function toRowSyntax(storedType: string): RowSyntax | null {
  const parameters = parametersOf(storedType);
  const delimiter = parameters.get('delimiter');
  const quote = parameters.get('quote');
  if (delimiter === undefined || quote === undefined) return null;
  return { delimiter, quote, header: parameters.get('header') === 'present' };
}

/** As the headers are called that the attributes came in. */
const EVENT_PARAMETER = 'ce-';

/** Sorted, so that the same event has the same stored type in whatever order its headers come. */
function eventParameters(event: EventAttributes): [string, string][] {
  return Object.keys(event)
    .sort()
    .map((name) => [`${EVENT_PARAMETER}${name}`, String(event[name])]);
}

function withParameters(mediaType: MediaType, parameters: readonly (readonly [string, string])[]): string {
  return [mediaType, ...parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)].join('; ');
}

function parametersOf(storedType: string): Map<string, string> {
  const [, ...parts] = storedType.split('; ');
  return new Map(
    parts.map((part) => {
      const [name, value = ''] = part.split('=', 2);
      return [name!, decodeURIComponent(value)];
    }),
  );
}
