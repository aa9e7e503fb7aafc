/** SQL for a timestamptz as canonical text (RFC 3339 in UTC), as the pipeline compares it. */
export const toCanonical = (column: string): string =>
  `replace(replace(${column}::text, ' ', 'T'), '+00', 'Z')`;
