import { toInstant, toLocalMicros } from 'feedmill/pipeline';

/** An interval: so many microseconds of the clock, or a unit of the calendar. */
export type Interval =
  { readonly kind: 'clock'; readonly micros: number } | { readonly kind: 'day' | 'week' | 'month' };

const MICROS_PER_MINUTE = 60_000_000;
const MINUTES_PER_DAY = 24 * 60;
const CALENDAR: Readonly<Record<string, Interval>> = {
  P1D: { kind: 'day' },
  P1W: { kind: 'week' },
  P1M: { kind: 'month' },
};

/** Reads `PT15M`, `PT1H`, `P1D`, `P1W`, `P1M`; null for what has no boundaries at the same times every day. */
export function toInterval(text: string): Interval | null {
  if (Object.hasOwn(CALENDAR, text)) return CALENDAR[text]!;
  const match = /^PT([1-9]\d{0,2})([MH])$/.exec(text);
  if (!match) return null;
  const minutes = Number(match[1]) * (match[2] === 'H' ? 60 : 1);
  if (minutes >= MINUTES_PER_DAY || MINUTES_PER_DAY % minutes !== 0) return null;
  return { kind: 'clock', micros: minutes * MICROS_PER_MINUTE };
}

/**
 * The first boundary behind a moment (microseconds since 1970). Boundaries of minutes and hours are the moments at which a
 * clock on the wall comes to a multiple of them, each time where it is put back, and the moment at which it is put forward
 * over one. Those of days, weeks and months are the first moments of their first days.
 */
export function nextBoundary(micros: number, interval: Interval, timeZone: string): number {
  return interval.kind === 'clock'
    ? nextOnClock(micros, interval.micros, timeZone)
    : nextInCalendar(micros, interval.kind, timeZone);
}

function nextOnClock(micros: number, step: number, timeZone: string): number {
  for (let at = micros; ;) {
    const shown = toLocalMicros(at, timeZone);
    const ahead = (Math.floor(shown / step) + 1) * step - shown;
    const offset = shown - at;
    if (toLocalMicros(at + ahead, timeZone) - (at + ahead) === offset) return at + ahead;
    const change = changeOf(offset, at, at + ahead, timeZone);
    const before = change + offset;
    const after = toLocalMicros(change, timeZone);
    if (Math.floor(after / step) * step >= Math.min(before, after)) return change;
    at = change;
  }
}

/** The moment from which the offset is another; `from` has it still, `to` no more. */
function changeOf(offset: number, from: number, to: number, timeZone: string): number {
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (toLocalMicros(middle, timeZone) - middle === offset) from = middle;
    else to = middle;
  }
  return to;
}

function nextInCalendar(micros: number, kind: 'day' | 'week' | 'month', timeZone: string): number {
  const today = new Date(Math.floor(toLocalMicros(micros, timeZone) / 1000));
  const [year, month, day] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()];
  const daysToMonday = 7 - ((today.getUTCDay() + 6) % 7);
  const next =
    kind === 'month'
      ? Date.UTC(year, month + 1, 1)
      : Date.UTC(year, month, day + (kind === 'day' ? 1 : daysToMonday));
  const date = new Date(next).toISOString().slice(0, 10);
  const instant = toInstant(date, { timeZone, dstOverlap: 'earlier', dstGap: 'shift' });
  // Behind the last year that usage can have there is no boundary.
  if (!('micros' in instant)) return Infinity;
  if (instant.micros > micros) return instant.micros;
  // Clocks went back over midnight: this is the hour's second pass, and the day begins once more.
  const again = toInstant(`${date} 00:00`, { timeZone, dstOverlap: 'later', dstGap: 'shift' });
  return 'micros' in again ? again.micros : Infinity;
}
