import {
  RecordError,
  fieldGetter,
  isMissing,
  toText,
  type ConfigProblem,
  type FieldGetter,
  type PipelineRecord,
} from 'feedmill/pipeline';
import { BOUND_KINDS, type Bound } from './bounds.js';
import type { ColumnMatch } from './config.js';
import { exactKey, type Query, type RangeColumns } from './levels.js';
import { problem } from './problem.js';
import type { Matching } from './table-index.js';

/** What a record looks up, in the order of the config. */
export interface Question extends Query {
  /** As the exception names it: the values, joined by `/`. */
  readonly text: string;
}

/** The matching of a step, compiled. */
export interface Questions {
  readonly matching: Matching;
  /** Every column that is compared. */
  readonly columns: readonly string[];
  readonly fields: readonly string[];
  /**
   * What the record asks, or the field that it has no value in.
   * @throws RecordError `invalid_value` for what cannot be compared
   */
  ask(record: PipelineRecord): Question | { readonly emptyField: string };
}

interface Value {
  readonly from: string;
  readonly get: FieldGetter;
}

const NO_BOUND: Bound = { text: '', number: 0 };

/** Compiles the matching; what is wrong with it is noted. */
export function compileQuestions(match: readonly ColumnMatch[], problems: ConfigProblem[]): Questions {
  problems.push(...match.flatMap(memberProblems), ...repeats(match));
  const range = match.find(({ by }) => by === 'range');
  const prefix = match.find(({ by }) => by === 'longestPrefix');
  const exact = match.filter(({ by }) => by === 'exact');
  const rangeColumns = range && toRange(range);
  const values = match.map((column) => ({ ...column, get: fieldGetter(column.from) }));
  const places = {
    prefix: prefix ? match.indexOf(prefix) : -1,
    range: range ? match.indexOf(range) : -1,
    exact: exact.map((column) => match.indexOf(column)),
  };
  return {
    matching: {
      exact: exact.map(({ column }) => column),
      prefix: prefix?.column,
      range: rangeColumns,
    },
    columns: match.flatMap(({ column, toColumn }) =>
      toColumn === undefined ? [column] : [column, toColumn],
    ),
    fields: match.map(({ from }) => from),
    ask(record) {
      const texts: string[] = [];
      for (const value of values) {
        const text = textOf(record, value);
        if (text === null) return { emptyField: value.from };
        texts.push(text);
      }
      return {
        text: texts.length === 1 ? texts[0]! : texts.join('/'),
        exact: places.exact.length === 0 ? '' : exactKey(places.exact.map((place) => texts[place])),
        prefixed: texts[places.prefix] ?? '',
        ranged: range ? boundOf(texts[places.range]!, range.from, rangeColumns!) : NO_BOUND,
      };
    },
  };
}

function textOf(record: PipelineRecord, { from, get }: Value): string | null {
  const value = get(record);
  if (isMissing(value)) return null;
  const text = toText(value);
  if (text === null) throw invalid(from, 'is not a text, a number or a boolean');
  return text;
}

function boundOf(text: string, from: string, { kind }: RangeColumns): Bound {
  const bound = kind.read(text);
  if (bound === null)
    throw invalid(from, `${JSON.stringify(text.slice(0, 100))} is not a decimal like 1250 or -0.75`);
  return bound;
}

function toRange({ column, toColumn, includesEnd = false, as = 'decimal' }: ColumnMatch): RangeColumns {
  return { column, toColumn, includesEnd, kind: BOUND_KINDS[as] };
}

function memberProblems({ by, toColumn, includesEnd, as }: ColumnMatch, i: number): ConfigProblem[] {
  const forRanges = Object.entries({ toColumn, includesEnd, as });
  const given = by === 'range' ? [] : forRanges.filter(([, value]) => value !== undefined);
  const problems = given.map(([name]) => problem(`/match/${i}/${name}`, 'is for ranges'));
  return includesEnd !== undefined && by === 'range' && toColumn === undefined
    ? [...problems, problem(`/match/${i}/includesEnd`, 'needs toColumn')]
    : problems;
}

/** At most one prefix and one range, and no column twice. */
function repeats(match: readonly ColumnMatch[]): ConfigProblem[] {
  return match.flatMap(({ by, column }, i) => {
    const before = match.slice(0, i);
    if (by !== 'exact' && before.some((other) => other.by === by))
      return [problem(`/match/${i}/by`, `only one column can be matched by ${by}`)];
    const first = before.findIndex((other) => other.column === column);
    return first < 0
      ? []
      : [problem(`/match/${i}/column`, `"${column}" is matched by /match/${first} already`)];
  });
}

function invalid(field: string, message: string): RecordError {
  return new RecordError('invalid_value', `${field}: ${message}`, { field });
}
