import {
  ConfigError,
  RecordError,
  collectProblems,
  compileEach,
  fieldReader,
  fieldSetter,
  isMissing,
  usageFieldKind,
  type ConfigProblem,
  type FieldKind,
  type LookupRow,
  type PipelineRecord,
  type ZonePolicy,
} from 'feedmill/pipeline';
import type { CellTarget } from './config.js';
import { problem } from './problem.js';

/** Sets a record's fields from a row, or from the defaults where there is none. */
export type SetFields = (record: PipelineRecord, row: LookupRow | undefined) => void;

/** Readers take a zone for timestamps, which tables do not give. */
const NO_ZONE: ZonePolicy = { timeZone: 'UTC', dstOverlap: 'earlier', dstGap: 'shift' };

/** Compiles what is taken from a row; what is wrong with it is noted. */
export function compileTargets(targets: readonly CellTarget[], problems: ConfigProblem[]): SetFields {
  targets.forEach(({ field }, i) => {
    const first = targets.findIndex((target) => target.field === field);
    if (first < i) problems.push(problem(`/set/${i}/field`, `"${field}" is set by /set/${first} already`));
  });
  const compiled = () => compileEach(targets, (target, i) => compileTarget(target, `/set/${i}`));
  const setters = collectProblems(problems, compiled) ?? [];
  return (record, row) => {
    for (const set of setters) set(record, row);
  };
}

function compileTarget({ field, column, as, default: fallback }: CellTarget, pointer: string): SetFields {
  const set = fieldSetter(field, `${pointer}/field`);
  const read = fieldReader(field, { as: kindOf(field, as, pointer) }, pointer);
  const otherwise = fallback === undefined ? undefined : fixed(() => read(fallback, NO_ZONE), pointer);
  return (record, row) => {
    const cell = row?.cells[column];
    const value = isMissing(cell) ? otherwise : read(cell, NO_ZONE);
    if (value !== undefined) set(record, value);
  };
}

function kindOf(field: string, as: FieldKind | undefined, pointer: string): FieldKind {
  const own = usageFieldKind(field);
  if (own === 'timestamp')
    throw new ConfigError([problem(`${pointer}/field`, 'a table gives no timestamps')]);
  if (own !== undefined && as !== undefined && own !== as)
    throw new ConfigError([problem(`${pointer}/as`, `"${field}" is always ${own}`)]);
  return as ?? own ?? 'text';
}

function fixed<T>(read: () => T, pointer: string): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RecordError) throw new ConfigError([problem(`${pointer}/default`, error.message)]);
    throw error;
  }
}
