/** Postgres COPY in text format. */

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A text column; null is `\N`. */
export function copyText(value: string | null | undefined): string {
  if (value === null || value === undefined) return '\\N';
  return SPECIAL.test(value) ? value.replace(/[\\\t\n\r]/g, (c) => ESCAPES[c]!) : value;
}

/** A bytea column, given in hexadecimal. */
export function copyBytes(value: string | null): string {
  return value === null ? '\\N' : `\\\\x${value}`;
}

/** An array parameter of texts for `unnest($n::text[])`, written once instead of element by element. */
export function textArray(values: readonly (string | null)[]): string {
  const parts = values.map((v) => (v === null ? 'NULL' : `"${v.replace(/["\\]/g, '\\$&')}"`));
  return `{${parts.join(',')}}`;
}

/** An array parameter of bytea, given in hexadecimal. */
export function bytesArray(values: readonly (string | null)[]): string {
  const parts = values.map((v) => (v === null ? 'NULL' : `"\\\\x${v}"`));
  return `{${parts.join(',')}}`;
}

/** An array parameter of integers. */
export function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map((v) => (v === null ? 'NULL' : String(v))).join(',')}}`;
}

export function booleanArray(values: readonly (boolean | null)[]): string {
  return `{${values.map((v) => (v === null ? 'NULL' : String(v))).join(',')}}`;
}
