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
} as const satisfies Record<string, readonly FeedFormat[]>;

export type MediaType = keyof typeof MEDIA_TYPES;

export const OFFERED_MEDIA_TYPES = Object.keys(MEDIA_TYPES) as MediaType[];

export function isForFormat(mediaType: MediaType, format: FeedFormat): boolean {
  return (MEDIA_TYPES[mediaType] as readonly FeedFormat[]).includes(format);
}

/** The media type of a Content-Type, without its parameters; null where it is not offered. */
export function toMediaType(contentType: string): MediaType | null {
  const essence = contentType.split(';', 1)[0]!.trim().toLowerCase();
  return Object.hasOwn(MEDIA_TYPES, essence) ? (essence as MediaType) : null;
}

/**
 * The content type that is stored with a body. That of delimited text carries the row syntax it was
 * accepted with, so that it gives the same records for ever, whatever becomes of the feed.
 */
export function toStoredType(mediaType: MediaType, rows: RowSyntax | null): string {
  if (mediaType !== 'text/csv') return mediaType;
  const { delimiter, quote, header } = rows ?? DEFAULT_ROW_SYNTAX;
  const parameters = [
    `header=${header ? 'present' : 'absent'}`,
    `delimiter=${encodeURIComponent(delimiter)}`,
    `quote=${encodeURIComponent(quote)}`,
  ];
  return [mediaType, ...parameters].join('; ');
}

/** The row syntax in a stored content type; null where it has none. */
export function toRowSyntax(storedType: string): RowSyntax | null {
  const parameters = new Map(storedType.split('; ').map((part) => part.split('=', 2) as [string, string]));
  const delimiter = parameters.get('delimiter');
  const quote = parameters.get('quote');
  if (delimiter === undefined || quote === undefined) return null;
  return {
    delimiter: decodeURIComponent(delimiter),
    quote: decodeURIComponent(quote),
    header: parameters.get('header') === 'present',
  };
}
