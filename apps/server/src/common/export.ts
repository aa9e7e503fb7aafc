import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { Page } from './paging.js';
import { oneOf } from './parameters.js';
import { RawJson, stringifyJson } from './raw-json.js';

/** How lists are written into files. */
export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const exportFormatParameter = oneOf(
  EXPORT_FORMATS,
  'How it is written; csv unless said. In CSV, texts that a spreadsheet would take for a formula begin with an apostrophe.',
);

/** Items of one page of an export: one page is in memory at a time. */
export const EXPORT_PAGE = 1000;

const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
};

/** A column of an export in CSV; NDJSON has the items whole. */
export interface ExportColumn<T> {
  readonly title: string;
  readonly value: (item: T) => unknown;
}

/**
 * A list as a file, page by page as it is read. The first page is read before the answer begins, so that a refusal is
 * a refusal; trouble later cuts the connection, as there is nothing to tell it by in a file that is half sent.
 * @param name of the file, without its extension
 */
export async function exportFile<T>(
  name: string,
  format: ExportFormat,
  columns: readonly ExportColumn<T>[],
  readPage: (cursor: string | undefined) => Promise<Page<T>>,
): Promise<StreamableFile> {
  const first = await readPage(undefined);
  const toLine =
    format === 'csv'
      ? (item: T) => toCsvLine(columns.map(({ value }) => value(item)))
      : (item: T) => `${stringifyJson(item)}\n`;
  const lines = async function* () {
    if (format === 'csv') yield toCsvLine(columns.map(({ title }) => title));
    let page: Page<T> | null = first;
    while (page) {
      yield page.items.map(toLine).join('');
      page = page.nextCursor === null ? null : await readPage(page.nextCursor);
    }
  };
  return new StreamableFile(Readable.from(lines(), { objectMode: false }), {
    type: TYPES[format],
    disposition: `attachment; filename="${name}.${format}"`,
  });
}

/** One line by RFC 4180. Objects are JSON; null is an empty cell. */
export function toCsvLine(cells: readonly unknown[]): string {
  return `${cells.map(toCell).join(',')}\r\n`;
}

/** What spreadsheets take for a formula; a negative number is none. */
const FORMULA = /^[=+\-@\t\r\n]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

function toCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : textOf(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const textOf = (value: unknown): string => (value instanceof RawJson ? value.text : stringifyJson(value));
