import { fromMicros, toMicros } from 'feedmill/pipeline';
import { nextBoundary, toInterval } from './boundaries.js';

/** The boundaries behind a moment, up to and with another. */
function boundaries(every: string, zone: string, from: string, to: string): string[] {
  const found: string[] = [];
  const interval = toInterval(every)!;
  for (let at = nextBoundary(toMicros(from), interval, zone); at <= toMicros(to);) {
    found.push(fromMicros(at));
    at = nextBoundary(at, interval, zone);
  }
  return found;
}

describe('toInterval', () => {
  it.each(['PT15M', 'PT1H', 'PT90M', 'PT12H', 'PT720M', 'P1D', 'P1W', 'P1M'])('reads %s', (text) => {
    expect(toInterval(text)).not.toBeNull();
  });
  it.each(['PT7M', 'PT5H', 'PT24H', 'PT1440M', 'PT0M', 'P2D', 'P1Y', 'PT15', '15M', 'toString', ''])(
    'refuses %s',
    (text) => {
      expect(toInterval(text)).toBeNull();
    },
  );
});

describe('nextBoundary', () => {
  it('lies behind the moment, also where that is one', () => {
    expect(boundaries('PT15M', 'UTC', '2026-10-26T12:00:00Z', '2026-10-26T12:30:00Z')).toEqual([
      '2026-10-26T12:15:00Z',
      '2026-10-26T12:30:00Z',
    ]);
    expect(boundaries('PT1H', 'Asia/Kathmandu', '2026-10-26T12:00:00.5Z', '2026-10-26T12:30:00Z')).toEqual([
      '2026-10-26T12:15:00Z',
    ]);
  });

  it('counts 23, 24 and 25 hours of a day, and their quarters', () => {
    const hours = (every: string, day: string, next: string) =>
      boundaries(every, 'Europe/Berlin', day, next).length;
    expect(hours('PT1H', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')).toBe(23);
    expect(hours('PT1H', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')).toBe(25);
    expect(hours('PT15M', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')).toBe(92);
    expect(hours('PT15M', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')).toBe(100);
    expect(hours('P1D', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')).toBe(1);
  });

  it('is where clocks show a multiple, however long the hours between are', () => {
    expect(boundaries('PT6H', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')).toEqual([
      '2026-03-29T04:00:00Z',
      '2026-03-29T10:00:00Z',
      '2026-03-29T16:00:00Z',
      '2026-03-29T22:00:00Z',
    ]);
    // 02:00 is left out: the clock jumps over it at 01:00 UTC. In autumn it is shown twice.
    const twoHours = (from: string, to: string) => boundaries('PT2H', 'Europe/Berlin', from, to);
    expect(twoHours('2026-03-28T23:00:00Z', '2026-03-29T02:00:00Z')).toEqual([
      '2026-03-29T01:00:00Z',
      '2026-03-29T02:00:00Z',
    ]);
    expect(twoHours('2026-10-24T22:00:00Z', '2026-10-25T03:00:00Z')).toEqual([
      '2026-10-25T00:00:00Z',
      '2026-10-25T01:00:00Z',
      '2026-10-25T03:00:00Z',
    ]);
    // Half an hour is repeated on Lord Howe: 01:30 to 02:00.
    expect(boundaries('PT1H', 'Australia/Lord_Howe', '2026-04-04T14:00:00Z', '2026-04-04T16:30:00Z')).toEqual(
      ['2026-04-04T15:30:00Z', '2026-04-04T16:30:00Z'],
    );
  });

  it('is the first moment of days, weeks and months', () => {
    expect(boundaries('P1D', 'America/Havana', '2026-10-31T12:00:00Z', '2026-11-02T12:00:00Z')).toEqual([
      '2026-11-01T04:00:00Z',
      '2026-11-02T05:00:00Z',
    ]);
    // Clocks go from 00:00 to 01:00 in Beirut.
    expect(boundaries('P1D', 'Asia/Beirut', '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')).toEqual([
      '2026-03-28T22:00:00Z',
    ]);
    expect(boundaries('P1W', 'Europe/Berlin', '2026-10-19T00:00:00Z', '2026-11-02T00:00:00Z')).toEqual([
      '2026-10-25T23:00:00Z',
      '2026-11-01T23:00:00Z',
    ]);
    expect(boundaries('P1M', 'Europe/Berlin', '2026-01-31T22:59:59Z', '2026-04-01T00:00:00Z')).toEqual([
      '2026-01-31T23:00:00Z',
      '2026-02-28T23:00:00Z',
      '2026-03-31T22:00:00Z',
    ]);
    expect(nextBoundary(toMicros('2100-12-31T12:00:00Z'), { kind: 'day' }, 'UTC')).toBe(Infinity);
  });

  it('goes on where clocks go back over midnight', () => {
    const [first] = boundaries('P1D', 'America/St_Johns', '2010-11-07T02:45:00Z', '2010-11-08T12:00:00Z');
    expect(first! > '2010-11-07T02:45:00Z').toBe(true);
  });
});
