import { IANAZone } from 'luxon';
import type { FeedContext } from './step.js';

/** How local times become moments: the zone, and what to do where a clock change makes that unclear. */
export type ZonePolicy = Pick<FeedContext, 'timeZone' | 'dstOverlap' | 'dstGap'>;

const MICROS_PER_MINUTE = 60_000_000;
const MICROS_PER_DAY = 24 * 60 * MICROS_PER_MINUTE;
const MAX_ZONES = 1000;
/** A zone's name begins with a letter; bare offsets (`+02:00`) are zones on some versions of Node only. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;

/** Whether a name is a time zone of the IANA database, e.g. `Europe/Berlin`. */
export function isTimeZone(name: unknown): name is string {
  return typeof name === 'string' && zoneOf(name) !== null;
}

/**
 * The moment (microseconds since 1970) of a local time given as microseconds "as if UTC", or why
 * there is none; the problem continues a sentence that began with the local time.
 */
export function resolveLocal(
  local: number,
  { timeZone, dstOverlap, dstGap }: ZonePolicy,
): number | { readonly problem: string } {
  if (timeZone === 'UTC') return local;
  const zone = zoneOf(timeZone);
  if (!zone) return { problem: `has no time zone: "${timeZone}" is not known` };
  const before = zone.offsetAt(local - MICROS_PER_DAY);
  const after = zone.offsetAt(local + MICROS_PER_DAY);
  if (before === after) return local - before;
  const first = local - before;
  const second = local - after;
  const isFirst = zone.offsetAt(first) === before;
  const isSecond = zone.offsetAt(second) === after;
  if (isFirst && isSecond) {
    if (dstOverlap === 'reject') return { problem: `happened twice in ${timeZone} (clocks went back)` };
    return dstOverlap === 'earlier' ? Math.min(first, second) : Math.max(first, second);
  }
  if (isFirst) return first;
  if (isSecond) return second;
  if (dstGap === 'shift') return first;
  return { problem: `did not happen in ${timeZone} (clocks went forward)` };
}

/**
 * What clocks in a zone show at a moment, as microseconds "as if UTC"; both in microseconds since 1970.
 * @throws RangeError where the zone is not known (see `isTimeZone`)
 */
export function toLocalMicros(micros: number, timeZone: string): number {
  if (timeZone === 'UTC') return micros;
  const zone = zoneOf(timeZone);
  if (!zone) throw new RangeError(`"${timeZone}" is not a time zone`);
  return micros + zone.offsetAt(micros);
}

/** A zone's offsets, remembered by day: looking one up costs microseconds, and usage is close in time. */
class Zone {
  private readonly byDay = new Map<number, number | null>();

  constructor(private readonly zone: IANAZone) {}

  /** Microseconds that local time is ahead of UTC at a moment (microseconds since 1970). */
  offsetAt(micros: number): number {
    const day = Math.floor(micros / MICROS_PER_DAY);
    let offset = this.byDay.get(day);
    if (offset === undefined) {
      const start = this.lookUp(day * MICROS_PER_DAY);
      offset = start === this.lookUp((day + 1) * MICROS_PER_DAY) ? start : null;
      this.byDay.set(day, offset);
    }
    return offset ?? this.lookUp(micros);
  }

  private lookUp(micros: number): number {
    return Math.round(this.zone.offset(Math.floor(micros / 1000)) * MICROS_PER_MINUTE);
  }
}

const zones = new Map<string, Zone>();

function zoneOf(name: string): Zone | null {
  const known = zones.get(name);
  if (known) return known;
  if (!ZONE_NAME.test(name) || !IANAZone.isValidZone(name)) return null;
  if (zones.size >= MAX_ZONES) zones.clear();
  const zone = new Zone(IANAZone.create(name));
  zones.set(name, zone);
  return zone;
}
