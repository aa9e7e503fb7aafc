import type { Conditions } from './conditions.js';
import { type ValuesOf, integerParameter } from './parameters.js';

/** What lists that are read by page numbers take. */
export const NUMBERED_PAGE_PARAMETERS = {
  pageNumber: integerParameter(1, 1_000_000, 'The page, counted from 1; the first unless said.'),
  pageSize: integerParameter(1, 1000, 'Items of one page; 20 unless said.'),
};

/** Which page is read. */
export interface PageNumber {
  readonly pageNumber: number;
  readonly pageSize: number;
}

export interface NumberedPage<T> {
  /** Of all pages, as far as it was counted: see `countAhead`. */
  readonly totalCount: number;
  readonly items: readonly T[];
}

const DEFAULT_PAGE_SIZE = 20;
/** Rows that are counted behind a page. */
const COUNTED_AHEAD = 10_000;

export function readPageNumber(query: ValuesOf<typeof NUMBERED_PAGE_PARAMETERS>): PageNumber {
  return { pageNumber: query.pageNumber ?? 1, pageSize: query.pageSize ?? DEFAULT_PAGE_SIZE };
}

/** `LIMIT ... OFFSET ...` of a page. */
export function limitOf({ pageNumber, pageSize }: PageNumber): string {
  return `LIMIT ${pageSize} OFFSET ${(pageNumber - 1) * pageSize}`;
}

/**
 * Counts the rows of a list without reading all of a large one: exact up to 10,000 rows behind the page that is
 * read, and that many where there are more. A client that pages until it has `totalCount` still sees the end.
 */
export function countAhead(from: string, where: Conditions, { pageNumber, pageSize }: PageNumber): string {
  const most = pageNumber * pageSize + COUNTED_AHEAD;
  return `SELECT count(*) AS count FROM (SELECT ${from} ${where} LIMIT ${most}) AS counted`;
}
