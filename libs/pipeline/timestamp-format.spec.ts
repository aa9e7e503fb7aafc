import { ExactNumber } from './record.js';
import { timestampReader } from './timestamp-format.js';
import type { ZonePolicy } from './time-zone.js';

const BERLIN: ZonePolicy = { timeZone: 'Europe/Berlin', dstOverlap: 'earlier', dstGap: 'reject' };
const read = (format: string, input: unknown) => timestampReader(format)(input, BERLIN);
const dateOf = (format: string, input: unknown) => (read(format, input) as { date: string }).date;

describe('timestampReader', () => {
  it.each([
    ['dd/MM/yyyy HH:mm:ss', '26/10/2026 12:00:01', '2026-10-26T11:00:01Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SZ", '2026-10-26T12:00:01.250+0200', '2026-10-26T10:00:01.25Z'],
    ['yyyyMMddHHmmssSSS', '20261026120001250', '2026-10-26T11:00:01.25Z'],
    ['d MMM yyyy h:mm a', '5 Jul 2026 12:05 am', '2026-07-04T22:05:00Z'],
    ['d MMM yyyy h:mm a', '5 JUL 2026 12:05 PM', '2026-07-05T10:05:00Z'],
    ['yyMMdd', '260705', '2026-07-04T22:00:00Z'],
    ['M/d/yyyy H:mm', '7/5/2026 9:30', '2026-07-05T07:30:00Z'],
    ["yyyy.MM.dd 'um' HH:mm", '2026.07.05 um 09:30', '2026-07-05T07:30:00Z'],
  ])('reads %s from %s', (format, input, expected) => {
    expect(dateOf(format, input)).toBe(expected);
  });

  it.each([
    ['epochSeconds', 1793016000, '2026-10-26T12:00:00Z'],
    ['epochSeconds', '1793016000.000001', '2026-10-26T12:00:00.000001Z'],
    ['epochMillis', '1793016000123', '2026-10-26T12:00:00.123Z'],
    ['epochMicros', new ExactNumber('1793016000123456'), '2026-10-26T12:00:00.123456Z'],
  ])('reads %s from %s', (format, input, expected) => {
    expect(dateOf(format, input)).toBe(expected);
  });

  it('takes a moment in another unit for a date that cannot be', () => {
    expect(read('epochSeconds', 1793016000123)).toEqual({ problem: expect.stringContaining('2000 to 2100') });
    expect(read('epochMicros', '1.5')).toEqual({ problem: expect.stringContaining('microsecond') });
  });

  it.each([
    ['dd/MM/yyyy', '30/02/2026', 'names day 30'],
    ['dd/MM/yyyy HH:mm', '29/03/2026 02:30', 'did not happen in Europe/Berlin'],
    ['d/M/yyyy h:mm a', '1/1/2026 13:00 pm', 'no hour 13'],
  ])('says why %s %s is none', (format, input, why) => {
    expect(read(format, input)).toEqual({ problem: expect.stringContaining(why) });
  });

  it('begins a day without a midnight at its first moment, whatever the policy for times', () => {
    const saoPaulo: ZonePolicy = { ...BERLIN, timeZone: 'America/Sao_Paulo' };
    expect(timestampReader('dd/MM/yyyy')('15/10/2017', saoPaulo)).toMatchObject({
      date: '2017-10-15T03:00:00Z',
    });
    expect(timestampReader('dd/MM/yyyy HH:mm')('15/10/2017 00:00', saoPaulo)).toHaveProperty('problem');
  });

  it('gives null for what is written otherwise', () => {
    expect(read('dd/MM/yyyy', '2026-10-26')).toBeNull();
    expect(read('dd/MM/yyyy', '26/10/2026 12:00')).toBeNull();
    expect(read('dd.MM.yyyy', '26x10x2026')).toBeNull();
    expect(read('iso', 5)).toBeNull();
    expect(read('epochSeconds', '2026-10-26')).toBeNull();
  });

  it.each([
    ['yyyy-MM', 'one day'],
    ['yyyy-MM-ddTHH:mm', '"T"'],
    ['yyyy-MM-dd hh:mm', 'both of h and a'],
    ['yyyy-MM-dd HH:HH', 'twice'],
    ["yyyy-MM-dd 'at", 'single quote'],
  ])('refuses the format %s', (format, why) => {
    expect(() => timestampReader(format)).toThrow(why);
  });
});
