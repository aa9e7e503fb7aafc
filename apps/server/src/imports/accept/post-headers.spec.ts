import { readIdempotencyKey, readSource } from './post-headers.js';

describe('readIdempotencyKey', () => {
  it('takes 1 to 255 visible ASCII characters', () => {
    expect(readIdempotencyKey(undefined)).toBeNull();
    expect(readIdempotencyKey('!~')).toBe('!~');
    expect(readIdempotencyKey('x'.repeat(255))).toHaveLength(255);
  });

  it.each(['', ' ', 'a b', 'a\tb', 'ä', '\x7f', 'x'.repeat(256)])('refuses %j', (key) => {
    expect(() => readIdempotencyKey(key)).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_parameter' }),
    );
  });
});

describe('readSource', () => {
  const asHeader = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

  it('is null where nothing printable was sent', () => {
    for (const header of [undefined, '', ' ', '\t', asHeader('\u2028')])
      expect(readSource(header)).toBeNull();
  });

  it('reads UTF-8, and Latin 1 where it is not', () => {
    expect(readSource(asHeader('Juni/März 📞.csv'))).toBe('Juni/März 📞.csv');
    expect(readSource('M\xe4rz.csv')).toBe('März.csv');
  });

  it('is one line of at most 255 characters', () => {
    expect(readSource(asHeader(' a\u0085b\u202e\u2029c '))).toBe('a b c');
    expect(readSource(asHeader('📞'.repeat(255)))).toBe('📞'.repeat(255));
  });

  it('is never cut', () => {
    expect(() => readSource(asHeader('📞'.repeat(256)))).toThrow(
      expect.objectContaining({
        status: 400,
        code: 'invalid_header',
        detail: expect.stringContaining('256'),
      }),
    );
  });
});
