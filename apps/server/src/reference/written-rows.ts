import { parse } from 'csv-parse/sync';
import { didYouMean, pointerTo } from 'feedmill/pipeline';
import { Problem, type ProblemDetail, type TextBody } from '../common/index.js';

const MAX_ROWS = 10_000;
/** Members of rows that are objects: a CSV has a column for each of their members, or one of JSON. */
const OBJECTS: readonly string[] = ['attributes', 'match', 'base'];

/** A row as it was written, and the place of it that problems name: `/identifiers/3`, or `/lines/5` of a CSV. */
export interface WrittenRow {
  readonly pointer: string;
  readonly members: Readonly<Record<string, unknown>>;
}

export function isTextBody(body: unknown): body is TextBody {
  const { contentType, text } = (body ?? {}) as Partial<TextBody>;
  return contentType === 'text/csv' && typeof text === 'string';
}

/** A CSV with a header line: its columns, and its rows with a member for each cell that is not empty. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly WrittenRow[];
}

/**
 * The rows of a CSV text with a header line. Columns named `attributes.region` become a member `region` of
 * `attributes`; empty cells are left out.
 */
export function csvRows(text: string, problems: ProblemDetail[]): WrittenRow[] {
  return csvTable(text, problems).rows.map(({ pointer, members }) => ({
    pointer,
    members: toNested(members as Record<string, string>),
  }));
}

/** A CSV text as it is, column by column. */
export function csvTable(text: string, problems: ProblemDetail[]): CsvTable {
  const refuse = (line: number, message: string) =>
    problems.push({ pointer: `/lines/${line}`, code: 'malformed_row', message });
  let lines: { record: string[]; info: { lines: number } }[];
  try {
    lines = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as typeof lines;
  } catch (error) {
    const { lines: line = 1, message } = error as Error & { lines?: number };
    refuse(line, message);
    return { columns: [], rows: [] };
  }
  const [header, ...rows] = lines;
  const columns = header?.record.map((name) => name.trim()) ?? [];
  if (columns.length === 0) refuse(1, 'the first line must name the columns');
  for (const name of columns.filter((column, i) => columns.indexOf(column) !== i)) {
    refuse(1, `the column "${name}" is there twice`);
  }
  const read = rows.flatMap(({ record, info }) => {
    if (record.length !== columns.length) {
      refuse(info.lines, `has ${record.length} columns, the header ${columns.length}`);
      return [];
    }
    const cells = columns.map((column, i) => [column, record[i]!] as const);
    const members = Object.fromEntries(cells.filter(([, cell]) => cell !== ''));
    return [{ pointer: `/lines/${info.lines}`, members }];
  });
  return { columns, rows: read };
}

/** The members of a JSON body that is an object; other members than the known ones are noted. */
export function membersOf<Name extends string>(
  body: unknown,
  known: readonly Name[],
  problems: ProblemDetail[],
): Partial<Record<Name, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    problems.push({
      pointer: '',
      code: 'invalid_value',
      message: `must be an object with ${known.join(', ')}`,
    });
    return {};
  }
  for (const name of Object.keys(body).filter((n) => !known.includes(n as Name))) {
    const message = `"${name.slice(0, 100)}" is not known here${didYouMean(name, known)}`;
    problems.push({ pointer: pointerTo('', name.slice(0, 100)), code: 'unknown_key', message });
  }
  return body;
}

/** The rows of a JSON or YAML list: a member of the body, or (named '') the body itself. */
export function listRows(list: unknown, name: string, problems: ProblemDetail[]): WrittenRow[] {
  const place = name && `/${name}`;
  if (!Array.isArray(list)) {
    problems.push({ pointer: place, code: 'invalid_value', message: `${name || 'the body'} must be a list` });
    return [];
  }
  return list.flatMap((members: unknown, i) => {
    const pointer = `${place}/${i}`;
    if (typeof members === 'object' && members !== null && !Array.isArray(members)) {
      return [{ pointer, members: members as Record<string, unknown> }];
    }
    problems.push({ pointer, code: 'invalid_value', message: 'must be an object' });
    return [];
  });
}

/**
 * The rows of a request.
 * @throws Problem 422 `too_many_rows`
 */
export function requireFew(rows: readonly WrittenRow[]): readonly WrittenRow[] {
  if (rows.length <= MAX_ROWS) return rows;
  const detail = `${rows.length} rows are more than the ${MAX_ROWS} of one request; send them in parts.`;
  throw new Problem(422, 'too_many_rows', detail);
}

/** Columns with another name before the point stay whole, so that whoever reads the rows refuses them by it. */
function toNested(cells: Readonly<Record<string, string>>): Record<string, unknown> {
  const members = new Map<string, unknown>();
  const nested = new Map(OBJECTS.map((name) => [name, new Map<string, string>()]));
  for (const [column, cell] of Object.entries(cells)) {
    const point = column.indexOf('.');
    const object = point < 0 ? undefined : nested.get(column.slice(0, point));
    if (object) object.set(column.slice(point + 1), cell);
    else members.set(column, OBJECTS.includes(column) ? fromJson(cell) : cell);
  }
  for (const [name, texts] of nested) if (texts.size > 0) members.set(name, Object.fromEntries(texts));
  return Object.fromEntries(members);
}

/** A cell that holds a JSON object; left as the text that it is where it does not. */
function fromJson(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}
