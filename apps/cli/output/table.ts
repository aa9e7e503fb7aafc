import { type Colour, type Paint, toSafeText } from './terminal.js';

export interface Column<Row> {
  title: string;
  value: (row: Row) => string | number | null | undefined;
  /** Numbers stand right; so does every column that is said to. */
  align?: 'left' | 'right';
  colour?: (row: Row) => Colour | null;
  /** The longest text shown; the rest is cut with an ellipsis. */
  maxWidth?: number;
  /** Left out of a table in which no row has a value. */
  isOptional?: boolean;
}

const gap = '  ';

/** Rows under their titles, as wide as their texts. Thousands in numbers are grouped (`12,345`). */
export function toTable<Row>(all: readonly Column<Row>[], rows: readonly Row[], paint: Paint): string {
  const columns = all.filter(
    ({ isOptional, value }) => !isOptional || rows.some((row) => value(row) != null),
  );
  const cells = rows.map((row) => columns.map((column) => toCell(column, row)));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => width(line[index]!))),
  );
  const isRight = columns.map(
    (column, index) =>
      column.align === 'right' ||
      (rows.length > 0 && rows.every((row) => isNumber(columns[index]!.value(row)))),
  );
  const align = (text: string, index: number): string => {
    const padding = ' '.repeat(widths[index]! - width(text));
    return isRight[index] ? padding + text : text + padding;
  };
  const toLine = (texts: string[]): string => texts.join(gap).trimEnd();
  const head = toLine(columns.map((column, index) => paint.in('dim', align(column.title, index))));
  const body = rows.map((row, line) =>
    toLine(
      columns.map((column, index) => {
        const text = align(cells[line]![index]!, index);
        const colour = column.colour?.(row) ?? null;
        return colour === null ? text : paint.in(colour, text);
      }),
    ),
  );
  return [head, ...body].join('\n');
}

/** Names and values in two columns; values that are null are left out. */
export function toList(
  pairs: readonly (readonly [string, string | number | null | undefined])[],
  paint: Paint,
): string {
  const shown = pairs.filter((pair) => pair[1] !== null && pair[1] !== undefined);
  const longest = Math.max(0, ...shown.map(([name]) => name.length));
  return shown
    .map(([name, value]) => `${paint.in('dim', name.padEnd(longest))}${gap}${toText(value)}`)
    .join('\n');
}

export function toGrouped(count: number): string {
  return count.toLocaleString('en-US');
}

function toCell<Row>(column: Column<Row>, row: Row): string {
  const text = toText(column.value(row));
  const most = column.maxWidth ?? Infinity;
  return width(text) > most ? `${[...text].slice(0, most - 1).join('')}…` : text;
}

function toText(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'number' ? toGrouped(value) : toSafeText(value);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function width(text: string): number {
  return [...text].length;
}
