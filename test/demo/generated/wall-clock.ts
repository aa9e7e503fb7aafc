const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What clocks in a zone show, by the platform's own calendar. Local times are milliseconds "as if UTC". */
export class WallClock {
  private readonly format: Intl.DateTimeFormat;
  private readonly offsets = new Map<number, number>();

  constructor(zone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
    });
  }

  toLocal(ms: number): number {
    // Clocks are changed at full hours in all zones of the demo.
    const hour = Math.floor(ms / HOUR_MS) * HOUR_MS;
    let offset = this.offsets.get(hour);
    if (offset === undefined) {
      offset = this.shown(hour) - hour;
      this.offsets.set(hour, offset);
    }
    return ms + offset;
  }

  /** The moments at which clocks show this: usually one, none where they are put forward, two where they are put back. */
  moments(local: number): number[] {
    const offsets = [-DAY_MS, DAY_MS].map((days) => this.toLocal(local + days) - local - days);
    const found = [...new Set(offsets)].map((offset) => local - offset);
    return found.filter((ms) => this.toLocal(ms) === local).sort((a, b) => a - b);
  }

  /** The moment of a time that is left out, by the clock that has not been put forward yet. */
  movedOn(local: number): number {
    return local - (this.toLocal(local - DAY_MS) - (local - DAY_MS));
  }

  private shown(ms: number): number {
    const part = Object.fromEntries(
      this.format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]),
    );
    return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!);
  }
}

/** `2026-10-25T00:30:00Z` */
export const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The parts of a local time as texts. */
export function calendar(local: number): { date: string; time: string } {
  const written = new Date(local).toISOString();
  return { date: written.slice(0, 10), time: written.slice(11, 19) };
}
