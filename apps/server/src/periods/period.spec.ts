import { closedUntil, momentIn, readBoundary } from './period.js';

const boundary = (text: string) => {
  const read = readBoundary(text);
  if ('problem' in read) throw new Error(read.problem);
  return read;
};
const close = (text: string) => ({ action: 'close', ...boundary(text) }) as const;
const reopen = (text: string) => ({ action: 'reopen', ...boundary(text) }) as const;

describe('a boundary', () => {
  it('is a moment, or midnight of a day in a zone', () => {
    expect(momentIn(boundary('2026-05-01T02:00:00+02:00'), 'Asia/Tokyo')).toBe('2026-05-01T00:00:00Z');
    expect(momentIn(boundary('2026-05-01'), 'Asia/Tokyo')).toBe('2026-04-30T15:00:00Z');
    // Clocks in Havana went from 00:00 to 01:00: the day began at 01:00.
    expect(momentIn(boundary('2026-03-08'), 'America/Havana')).toBe('2026-03-08T05:00:00Z');
  });

  it.each(['', 'now', '2026-13-01', '2026-05-01T00:00:00', '2026-05-01 ', '2026-05'])('is not %j', (text) =>
    expect(readBoundary(text)).toHaveProperty('problem'),
  );
});

describe('closedUntil', () => {
  it.each([
    ['nothing', [], null],
    ['the later of two', [close('2026-05-01'), close('2026-04-01')], '2026-05-01T00:00:00Z'],
    ['what was reopened', [close('2026-05-01'), reopen('2026-02-01')], '2026-02-01T00:00:00Z'],
    ['no more than was closed', [close('2026-02-01'), reopen('2026-05-01')], '2026-02-01T00:00:00Z'],
    ['nothing that was only opened', [reopen('2026-05-01')], null],
    [
      'what was closed again',
      [close('2026-05-01'), reopen('2026-02-01'), close('2026-03-01')],
      '2026-03-01T00:00:00Z',
    ],
    [
      'the later also by a fraction of a second',
      [close('2026-05-01T00:00:00.5Z'), close('2026-05-01T00:00:00Z')],
      '2026-05-01T00:00:00.5Z',
    ],
  ] as const)('is %s', (_, changes, until) => expect(closedUntil(null, changes, 'UTC')).toBe(until));
});
