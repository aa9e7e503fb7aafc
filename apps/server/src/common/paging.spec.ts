import { pageOf, readCursor, toCursorText } from './paging.js';

const SHAPE = ['moment', 'integer'] as const;
const CURSOR = ['2026-01-02 03:04:05.5+00', 17];

describe('cursors', () => {
  it('come back as they were given out', () => {
    expect(readCursor('usage', SHAPE, toCursorText('usage', CURSOR))).toEqual(CURSOR);
    expect(readCursor('usage', SHAPE, undefined)).toBeNull();
  });

  it('fit a URL, whatever characters are in their texts', () => {
    const shape = Array.from({ length: 6 }, () => 'text' as const);
    let seed = 3;
    const control = () => String.fromCharCode((seed = (seed * 48271) % 2147483647) % 32);
    const texts = [...Array.from({ length: 5 }, () => Array.from({ length: 1000 }, control).join('')), null];
    const text = toCursorText('totals', texts);
    expect(text.length).toBeLessThan(8 * 1024);
    expect(encodeURIComponent(text)).toBe(text);
    expect(readCursor('totals', shape, text)).toEqual(texts);
    for (const each of [`~${text}`, text.slice(1), text.slice(0, -4), '~']) {
      expect(() => readCursor('totals', shape, each)).toThrow('cursor');
    }
  });

  it('are refused when changed, of another list, or made up', () => {
    const text = toCursorText('usage', CURSOR);
    const tampered = [
      text.slice(0, -2),
      `${text}x`,
      (text.startsWith('A') ? 'B' : 'A') + text.slice(1),
      toCursorText('imports', CURSOR),
      toCursorText('usage', [17]),
      toCursorText('usage', ['now', 17]),
      toCursorText('usage', ['2026-01-02 03:04:05.5+00', 1.5]),
      'null',
      '%%%',
    ];
    for (const each of tampered) {
      expect(() => readCursor('usage', SHAPE, each)).toThrow(
        expect.objectContaining({ code: 'invalid_parameter' }),
      );
    }
  });
});

describe('pageOf', () => {
  const page = (rows: number[]) => pageOf('numbers', rows, 2, String, (row) => [row]);

  it('has a next cursor only where there is more', () => {
    expect(page([])).toEqual({ items: [], nextCursor: null });
    expect(page([9, 8])).toEqual({ items: ['9', '8'], nextCursor: null });
    const { items, nextCursor } = page([9, 8, 7]);
    expect(items).toEqual(['9', '8']);
    expect(readCursor('numbers', ['integer'], nextCursor!)).toEqual([8]);
  });
});
