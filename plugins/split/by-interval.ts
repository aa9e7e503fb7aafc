import {
  ConfigError,
  MAX_PARTS,
  MAX_YEAR,
  RecordError,
  fieldGetter,
  fieldReader,
  fieldSetter,
  fromMicros,
  isMissing,
  isTimeZone,
  multiply,
  ok,
  shown,
  toInstant,
  toMicros,
  usageFieldKind,
  type ConfigProblem,
  type Outcome,
  type PipelineRecord,
  type ZonePolicy,
} from 'feedmill/pipeline';
import { nextBoundary, toInterval, type Interval } from './boundaries.js';
import type { IntervalSplit } from './config.js';
import { invalid, partOf, requireOwnValues, type Sharing } from './shared-fields.js';

type EndReader = (record: PipelineRecord, start: number, policy: ZonePolicy) => number;

const MICROS_PER_UNIT = {
  milliseconds: '1000',
  seconds: '1000000',
  minutes: '60000000',
  hours: '3600000000',
} as const;
const END_OF_TIME = Date.UTC(MAX_YEAR + 1, 0, 1) * 1000;

/**
 * @param shared the fields that are shared
 * @throws ConfigError with every problem
 */
export function compileIntervalSplit(
  config: IntervalSplit,
  shared: readonly string[],
  share: Sharing,
): (record: PipelineRecord, policy: ZonePolicy) => Outcome {
  const { every, secondsTo } = config;
  const interval = toInterval(every);
  const problems: ConfigProblem[] = [];
  if (!interval) {
    const message = `"${every}" is not an interval such as PT15M, PT1H, P1D, P1W or P1M`;
    problems.push({ pointer: '/interval/every', code: 'invalid_value', message });
  }
  if ((config.duration === undefined) === (config.until === undefined)) {
    const message = 'needs exactly one of duration, until';
    problems.push({ pointer: '/interval', code: 'invalid_value', message });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const endOf = compileEnd(config);
  const setSeconds = secondsTo === undefined ? null : compileSecondsTo(secondsTo);
  const setsValue = shared.includes('value') || secondsTo === 'value';

  return (record, policy) => {
    const start = startOf(record, policy);
    const end = endOf(record, start, policy);
    const cuts = cutsOf(start, end, interval!, zoneOf(record, policy));
    const lengths = cuts.map((cut, i) => (cuts[i + 1] ?? end) - cut);
    const parts = cuts.length === 1 ? [record] : cuts.map((_, i) => partOf(record, i));
    requireOwnValues(record, parts, () => setsValue);
    if (parts.length > 1) share(record, parts, lengths.map(BigInt), policy);
    parts.forEach((part, i) => {
      if (i > 0) part.fields.date = fromMicros(cuts[i]!);
      setSeconds?.(part, multiply(String(lengths[i]!), '0.000001'));
    });
    return parts.length > 1 ? ok(parts) : ok();
  };
}

function compileSecondsTo(field: string) {
  const pointer = '/interval/secondsTo';
  const kind = usageFieldKind(field) ?? 'decimal';
  if (kind === 'decimal') return fieldSetter(field, pointer);
  const message = `"${field}" is a ${kind}, not a decimal`;
  throw new ConfigError([{ pointer, code: 'invalid_value', message }]);
}

function startOf({ fields }: PipelineRecord, policy: ZonePolicy): number {
  if (isMissing(fields.date)) {
    throw new RecordError('missing_field', 'date: the record has none to split from', { field: 'date' });
  }
  const instant = toInstant(fields.date, policy);
  if ('micros' in instant) return instant.micros;
  throw invalid('date', instant.problem);
}

function zoneOf({ fields }: PipelineRecord, { timeZone }: ZonePolicy): string {
  if (fields.timeZone === undefined || isTimeZone(fields.timeZone)) return fields.timeZone ?? timeZone;
  throw invalid('timeZone', `${shown(fields.timeZone)} is not a time zone`);
}

function compileEnd({ duration, until, unit }: IntervalSplit): EndReader {
  const field = (duration ?? until)!;
  const get = fieldGetter(field);
  const read = fieldReader(field, { as: duration === undefined ? 'timestamp' : 'decimal' }, '/interval');
  return (record, start, policy) => {
    const value = get(record);
    if (isMissing(value)) {
      throw new RecordError('missing_field', `${field}: the record has none to split by`, { field });
    }
    const text = String(read(value, policy));
    const end = duration === undefined ? toMicros(text) : start + lengthOf(field, text, unit);
    if (end < start) throw invalid(field, `${shown(value)} lies before the date of the record`);
    if (end > END_OF_TIME) throw invalid(field, `${shown(value)} lasts beyond the year ${MAX_YEAR}`);
    return end;
  };
}

function lengthOf(field: string, duration: string, unit: IntervalSplit['unit']): number {
  const micros = multiply(duration, MICROS_PER_UNIT[unit]);
  if (micros.includes('.')) throw invalid(field, `${duration} ${unit} are finer than a microsecond`);
  return Number(micros);
}

/** Where the parts begin: at the start, and at every boundary before the end. */
function cutsOf(start: number, end: number, interval: Interval, timeZone: string): number[] {
  const cuts = [start];
  for (
    let at = nextBoundary(start, interval, timeZone);
    at < end;
    at = nextBoundary(at, interval, timeZone)
  ) {
    if (cuts.length === MAX_PARTS)
      throw invalid('date', `the usage touches more than ${MAX_PARTS} intervals`);
    cuts.push(at);
  }
  return cuts;
}
