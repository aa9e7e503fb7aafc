import { KEEP_FOREVER, type Retention, blockDays, dueAt, isKeepable } from './retention.js';

const keeping = (
  retention: Partial<Retention>,
  newestAt = '2026-03-01T00:00:00Z',
  futureTolerance = 'PT24H',
) => ({
  retention: { ...KEEP_FOREVER, ...retention },
  futureTolerance,
  newestAt,
});
const due = (...args: Parameters<typeof dueAt>) => dueAt(...args)?.toISO() ?? null;

describe('blockDays', () => {
  it.each<[Partial<Retention>, number]>([
    [{}, 366],
    [{ bodies: 'P90D', exceptions: 'P100D', usage: 'P400D' }, 9],
    [{ bodies: 'P1D', exceptions: 'P3D', usage: 'P4D' }, 1],
    [{ bodies: 'P1D', exceptions: 'P1D', usage: 'P400D' }, 4],
    [{ bodies: 'P1D', exceptions: 'P1D', usage: 'P100Y' }, 31],
    [{ bodies: 'P1D' }, 31],
    [{ exceptions: 'P10Y' }, 31],
  ])('%j: %d', (retention, days) => expect(blockDays({ ...KEEP_FOREVER, ...retention })).toBe(days));
});

describe('dueAt', () => {
  it('waits for the feed that keeps longest', () => {
    const keepers = [keeping({ bodies: 'P90D' }), keeping({ bodies: 'P30D' }, '2026-04-20T00:00:00Z')];
    expect(due('bodies', keepers)).toBe('2026-05-30T00:00:00.000Z');
    expect(due('bodies', [...keepers, keeping({})])).toBeNull();
  });

  it('counts months and years of the calendar', () =>
    expect(due('exceptions', [keeping({ exceptions: 'P1Y1M' })])).toBe('2027-04-01T00:00:00.000Z'));

  it('keeps usage until the latest date that it may have is old enough', () => {
    expect(due('usage', [keeping({ usage: 'P10D' }, '2026-03-01T00:00:00Z', 'P5D')])).toBe(
      '2026-03-16T00:00:00.000Z',
    );
    expect(due('usage', [keeping({ usage: 'P10D' }, '2026-03-01T00:00:00Z', 'P999999Y')])).toBeNull();
  });

  it('lets a block go that nothing was accepted in', () =>
    expect(due('bodies', [])).toBe('1970-01-01T00:00:00.000Z'));
});

it('keeps nothing for less than a day or more than a century', () => {
  expect(['P1D', 'P1Y', 'P100Y', 'PT24H'].filter(isKeepable)).toHaveLength(4);
  expect(['PT23H', 'P101Y', 'P999999Y', 'forever'].filter(isKeepable)).toEqual([]);
});
