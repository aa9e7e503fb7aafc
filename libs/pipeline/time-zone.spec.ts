import { toMicros } from './instant.js';
import { toLocalMicros } from './time-zone.js';

describe('toLocalMicros', () => {
  it.each([
    ['2026-07-01T12:00:00.5Z', 'UTC', '2026-07-01T12:00:00.5Z'],
    ['2026-03-29T00:59:59.999999Z', 'Europe/Berlin', '2026-03-29T01:59:59.999999Z'],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29T03:00:00Z'],
    ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00Z'],
    ['2026-10-25T01:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00Z'],
    ['2026-07-01T12:00:00Z', 'Asia/Kathmandu', '2026-07-01T17:45:00Z'],
  ])('shows %s in %s as %s', (moment, zone, local) => {
    expect(toLocalMicros(toMicros(moment), zone)).toBe(toMicros(local));
  });

  it('knows no other zones', () => {
    expect(() => toLocalMicros(0, 'Europe/Atlantis')).toThrow(RangeError);
  });
});
