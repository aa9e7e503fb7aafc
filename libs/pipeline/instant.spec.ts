import fc from 'fast-check';
import { fromMicros, toInstant, toMicros } from './instant.js';
import { ExactNumber } from './record.js';
import { isTimeZone, type ZonePolicy } from './time-zone.js';

const UTC: ZonePolicy = { timeZone: 'UTC', dstOverlap: 'earlier', dstGap: 'reject' };
const BERLIN: ZonePolicy = { ...UTC, timeZone: 'Europe/Berlin' };
const NEW_YORK: ZonePolicy = { ...UTC, timeZone: 'America/New_York' };

function date(text: unknown, policy = UTC): string {
  const instant = toInstant(text, policy);
  if ('problem' in instant) throw new Error(instant.problem);
  expect(toMicros(instant.date)).toBe(instant.micros);
  return instant.date;
}

describe('toInstant', () => {
  it.each([
    ['2026-04-16T14:32:00Z', '2026-04-16T14:32:00Z'],
    ['2022-05-01T01:01:00.01', '2022-05-01T01:01:00.01Z'],
    ['2026-10-26T12:00:00+02:00', '2026-10-26T10:00:00Z'],
    ['2026-10-26t12:00:00.500-00:30', '2026-10-26T12:30:00.5Z'],
    ['2026-10-26 12:00', '2026-10-26T12:00:00Z'],
    ['2026-10-26', '2026-10-26T00:00:00Z'],
    ['2026-01-01T00:00:00.123456000Z', '2026-01-01T00:00:00.123456Z'],
    ['2024-02-29T00:00:00z', '2024-02-29T00:00:00Z'],
    ['2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z'],
    ['2100-12-31T23:59:59.999999Z', '2100-12-31T23:59:59.999999Z'],
  ])('%s is %s', (text, expected) => expect(date(text)).toBe(expected));

  it.each<[unknown, RegExp]>([
    ['2026-02-30', /day 30 of a month of 28 days/],
    ['2025-02-29T00:00Z', /of 28 days/],
    ['2026-13-01', /no month 13/],
    ['2026-00-10', /no month 0/],
    ['2026-01-01T24:00:00Z', /time of day/],
    ['2026-01-01T23:60:00Z', /time of day/],
    ['2026-01-01T23:59:60Z', /time of day/],
    ['2026-01-01T00:00:00.1234567Z', /finer than a microsecond/],
    ['2026-01-01T00:00:00.1234567890Z', /not a timestamp/],
    ['2026-01-01T12:00:00+25:00', /offset/],
    ['1999-12-31T23:59:59Z', /years 2000 to 2100/],
    ['2000-01-01T00:30:00+01:00', /years 2000 to 2100/],
    ['2101-01-01T00:00:00Z', /years 2000 to 2100/],
    ['0001-01-01', /years 2000 to 2100/],
    ['10000-01-01', /not a timestamp/],
    ['now', /not a timestamp/],
    ['infinity', /not a timestamp/],
    ['03/04/2024', /not a timestamp/],
    ['2024-W01', /not a timestamp/],
    ['2024-W01-1', /not a timestamp/],
    ['2024-060', /not a timestamp/],
    ['20240101T000000Z', /not a timestamp/],
    ['2026-1-1', /not a timestamp/],
    [' 2026-01-01', /not a timestamp/],
    ['2026-01-01\n', /not a timestamp/],
    ['2026-01-01T12Z', /not a timestamp/],
    ['2026-01-01Z', /not a timestamp/],
    ['2026-01-01T12:00:00,5Z', /not a timestamp/],
    ['2026-01-01T12:00:00+02', /not a timestamp/],
    ['', /not a timestamp/],
    [1767225600, /not a timestamp text/],
    [null, /not a timestamp text/],
    [{}, /an object is not a timestamp text/],
    [new ExactNumber('17672256000000000'), /^17672256000000000 is not a timestamp text/],
  ])('refuses %p', (text, problem) => {
    expect(toInstant(text, UTC)).toEqual({ problem: expect.stringMatching(problem) });
  });

  it('shows only the beginning of what is long', () => {
    const { problem } = toInstant('x'.repeat(10_000), UTC) as { problem: string };
    expect(problem.length).toBeLessThan(150);
  });
});

describe('local times', () => {
  it('follow the zone through the year', () => {
    expect(date('2026-01-15 12:00', BERLIN)).toBe('2026-01-15T11:00:00Z');
    expect(date('2026-07-15 12:00', BERLIN)).toBe('2026-07-15T10:00:00Z');
    expect(date('2026-03-29 01:59:59', BERLIN)).toBe('2026-03-29T00:59:59Z');
    expect(date('2026-03-29 03:00', BERLIN)).toBe('2026-03-29T01:00:00Z');
    expect(date('2026-07-15 12:00', { ...UTC, timeZone: 'Asia/Kathmandu' })).toBe('2026-07-15T06:15:00Z');
  });

  it('in a gap are refused or shifted', () => {
    const text = '2026-03-29 02:15';
    expect(toInstant(text, BERLIN)).toEqual({
      problem: expect.stringMatching(/did not happen in Europe\/Berlin/),
    });
    expect(date(text, { ...BERLIN, dstGap: 'shift' })).toBe('2026-03-29T01:15:00Z');
  });

  it('that happened twice are the earlier, the later or refused', () => {
    const text = '2026-11-01 01:30';
    expect(date(text, NEW_YORK)).toBe('2026-11-01T05:30:00Z');
    expect(date(text, { ...NEW_YORK, dstOverlap: 'later' })).toBe('2026-11-01T06:30:00Z');
    expect(toInstant(text, { ...NEW_YORK, dstOverlap: 'reject' })).toEqual({
      problem: expect.stringMatching(/happened twice in America\/New_York/),
    });
    expect(date('2026-11-01T01:30:00-05:00', { ...NEW_YORK, dstOverlap: 'reject' })).toBe(
      '2026-11-01T06:30:00Z',
    );
  });

  it('of a day alone begin with the day, whatever the policies', () => {
    const strict = { dstOverlap: 'reject', dstGap: 'reject' } as const;
    expect(date('2026-10-26', BERLIN)).toBe('2026-10-25T23:00:00Z');
    expect(date('2018-11-04', { timeZone: 'America/Sao_Paulo', ...strict })).toBe('2018-11-04T03:00:00Z');
    expect(date('2026-11-01', { timeZone: 'America/Havana', ...strict })).toBe('2026-11-01T04:00:00Z');
  });

  it('changes of half an hour and at odd minutes', () => {
    const howe: ZonePolicy = { ...UTC, timeZone: 'Australia/Lord_Howe' };
    expect(toInstant('2026-10-04 02:15', howe)).toHaveProperty('problem');
    expect(date('2026-04-05 01:45', howe)).toBe('2026-04-04T14:45:00Z');
    expect(date('2026-04-05 01:45', { ...howe, dstOverlap: 'later' })).toBe('2026-04-04T15:15:00Z');
    expect(date('2010-03-14 00:00:30', { ...UTC, timeZone: 'America/St_Johns' })).toBe(
      '2010-03-14T03:30:30Z',
    );
    expect(toInstant('2010-03-14 00:30', { ...UTC, timeZone: 'America/St_Johns' })).toHaveProperty('problem');
  });

  it('need a zone that is known', () => {
    expect(toInstant('2026-01-01 00:00', { ...UTC, timeZone: 'Mars/Olympus' })).toEqual({
      problem: expect.stringMatching(/"Mars\/Olympus" is not known/),
    });
    expect(['UTC', 'Europe/Berlin', 'america/new_york'].every(isTimeZone)).toBe(true);
    expect(['', '+02:00', '__proto__', 'x'.repeat(100), null, 5].some(isTimeZone)).toBe(false);
  });
});

describe('micros', () => {
  it('and texts are one to one', () => {
    const micros = fc.integer({ min: Date.UTC(2000) * 1000, max: Date.UTC(2101) * 1000 - 1 });
    fc.assert(
      fc.property(micros, (n) => {
        expect(toMicros(fromMicros(n))).toBe(n);
        expect(toInstant(fromMicros(n), UTC)).toEqual({ date: fromMicros(n), micros: n });
      }),
    );
    expect(fromMicros(-1)).toBe('1969-12-31T23:59:59.999999Z');
  });
});
