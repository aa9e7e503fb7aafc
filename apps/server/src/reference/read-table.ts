import { pointerTo } from 'feedmill/pipeline';
import type { ProblemDetail } from '../common/index.js';
import { RowReader } from './row-reader.js';
import {
  type IncomingTableRow,
  MAX_COLUMNS,
  MAX_KEY_BYTES,
  MAX_KEY_COLUMNS,
  TABLE_NAME,
  TABLE_TOO_LARGE,
  columnProblem,
  isValidityMember,
  tableRowRules,
} from './table.js';
import type { WrittenRow } from './written-rows.js';

const MAX_CELL_BYTES = 1000;

/** What a request says of a table beside its rows. */
export interface WrittenHead {
  readonly key: unknown;
  /** The header of a CSV: its rows leave empty cells out, and its first column is the key where none is said. */
  readonly columns?: readonly string[];
}

/** The key columns of a table as a request wants it: as it says, else as the table has them. */
export function readKey(
  { key, columns: header }: WrittenHead,
  present: readonly string[] | undefined,
  problems: ProblemDetail[],
): readonly string[] {
  const written = key ?? present ?? header?.slice(0, 1);
  const refuse = (pointer: string, message: string, code = 'invalid_value') =>
    problems.push({ pointer, code, message });
  if (written === undefined) {
    refuse('/key', 'key is required for a new table: the columns that tell its rows apart', 'required');
    return [];
  }
  if (!Array.isArray(written) || written.length === 0 || written.length > MAX_KEY_COLUMNS) {
    refuse('/key', `key must be a list of 1 to ${MAX_KEY_COLUMNS} columns`);
    return [];
  }
  const columns: readonly unknown[] = written;
  columns.forEach((column, i) => {
    const problem = columns.indexOf(column) < i ? 'is there twice' : columnProblem(column);
    if (problem) refuse(`/key/${i}`, problem);
  });
  return columns.filter((column): column is string => columnProblem(column) === null);
}

export function nameProblems(name: string): ProblemDetail[] {
  if (TABLE_NAME.test(name)) return [];
  const message = 'a table\'s name must be 1 to 100 letters, digits, ".", "_" or "-"';
  return [{ pointer: '', code: 'invalid_value', message }];
}

/** Reads rows as they were written; every member beside the validity is a column. */
export function readTableRows(
  rows: readonly WrittenRow[],
  key: readonly string[],
  timeZone: string,
  problems: ProblemDetail[],
): IncomingTableRow[] {
  return rows.map(({ members, pointer }) => {
    const row = new RowReader(members, pointer, problems, timeZone);
    const cells: Record<string, string> = {};
    for (const column of key) cells[column] = row.text(column, MAX_CELL_BYTES);
    for (const column of Object.keys(members)) {
      if (isValidityMember(column) || key.includes(column)) continue;
      const message = columnProblem(column);
      if (message) {
        problems.push({ pointer: pointerTo(pointer, column.slice(0, 100)), code: 'invalid_value', message });
        continue;
      }
      const cell = row.optionalText(column, MAX_CELL_BYTES);
      if (cell !== null) cells[column] = cell;
    }
    const values = { cells, ...row.validity() };
    const rules = tableRowRules(key, values);
    if (Buffer.byteLength(rules.group) > MAX_KEY_BYTES)
      problems.push({
        pointer,
        code: 'invalid_value',
        message: `has a key of more than ${MAX_KEY_BYTES} bytes`,
      });
    return { ...values, ...rules, pointer };
  });
}

/** All columns of a table once these rows are in it, the key's first; a column is one that has no cell, too. */
export function columnsWith(
  present: readonly string[],
  { columns: header = [], rows }: Pick<WrittenHead, 'columns'> & { readonly rows: readonly WrittenRow[] },
  problems: ProblemDetail[],
): string[] {
  const written = new Set([...header, ...rows.flatMap(({ members }) => Object.keys(members))]);
  const columns = [...new Set([...present, ...[...written].filter((name) => columnProblem(name) === null)])];
  if (columns.length > MAX_COLUMNS) {
    const message = `the table would have ${columns.length} columns, more than ${MAX_COLUMNS}`;
    problems.push({ pointer: '', code: TABLE_TOO_LARGE, message });
  }
  return columns;
}
