import { basename } from 'node:path';
import { UsageError } from '../errors.js';

export const formats = ['csv', 'json', 'ndjson'] as const;
export type Format = (typeof formats)[number];

const byExtension: Record<string, Format> = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
};

/**
 * How the records of a file are told apart, by its name (`usage.csv`, `usage.ndjson.gz`).
 * @throws UsageError where the name says nothing
 */
export function toFormat(path: string): Format {
  const extension = /\.([a-z]+)(\.gz)?$/i.exec(basename(path))?.[1]?.toLowerCase() ?? '';
  const format = byExtension[extension];
  if (format === undefined) {
    const what =
      path === '-'
        ? 'standard input has no name to tell its format'
        : `${path}: the name does not tell the format`;
    throw new UsageError(`${what}; say --format ${formats.join('|')}`);
  }
  return format;
}
