import { type IncomingRow, type LiveRow, validityLabel } from './versioned-rows.js';

/** Also a part of URLs. */
export const TABLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
export const TABLE_TOO_LARGE = 'table_too_large';
export const MAX_KEY_COLUMNS = 8;
export const MAX_COLUMNS = 50;
/** Rows of one table that are true now: every child process holds the tables it uses. */
export const MAX_TABLE_ROWS = 200_000;
/** An index entry of Postgres must not be longer than 2,704 bytes. */
export const MAX_KEY_BYTES = 2000;

const COLUMN_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const VALIDITY = ['validFrom', 'validTo'];

/** A row of a table: texts by column. Empty cells are left out. */
export interface TableRowValues {
  readonly cells: Readonly<Record<string, string>>;
  readonly validFrom: number;
  readonly validTo: number;
}

export type IncomingTableRow = TableRowValues & IncomingRow;
export type LiveTableRow = TableRowValues & LiveRow;

export function isValidityMember(name: string): boolean {
  return VALIDITY.includes(name);
}

/** Why a text cannot name a column; null where it can. */
export function columnProblem(name: unknown): string | null {
  if (typeof name !== 'string' || !COLUMN_NAME.test(name))
    return 'a column\'s name must be a letter and up to 62 letters, digits, "_" or "-"';
  return isValidityMember(name) || name in Object.prototype ? `a column cannot be named "${name}"` : null;
}

/** What versions compare of a row of a table with this key. */
export function tableRowRules(key: readonly string[], { cells, ...validity }: TableRowValues) {
  const shown = key.map((column) => `${column} ${JSON.stringify(cells[column])}`).join(', ');
  return {
    group: JSON.stringify(key.map((column) => cells[column] ?? '')),
    content: JSON.stringify(Object.entries(cells).sort(([a], [b]) => (a < b ? -1 : 1))),
    label: `${shown}, ${validityLabel(validity)}`,
  };
}
