import { randomBytes } from 'node:crypto';
import { openToken, sealToken } from './access-token.js';

const KEY = 'fm_abcdefghjkmn_0123456789abcdefghijklmnopqrstuv';
const NOW = Date.parse('2026-04-16T14:32:00Z');
const UNTIL = NOW + 1_800_000;

describe('an access token', () => {
  const secret = randomBytes(32);
  const token = sealToken(secret, KEY, UNTIL);

  it('stands for its key until it expires', () => {
    expect(openToken(secret, token, NOW)).toBe(KEY);
    expect(openToken(secret, token, UNTIL - 1)).toBe(KEY);
    expect(openToken(secret, token, UNTIL)).toBeNull();
  });

  it('shows nothing of the key, is never twice the same, and fits a header of the longest key', () => {
    expect(Buffer.from(token.slice(4), 'base64url').toString('latin1')).not.toContain(KEY.slice(-8));
    expect(sealToken(secret, KEY, UNTIL)).not.toBe(token);
    expect(sealToken(secret, 'x'.repeat(512), UNTIL).length).toBeLessThan(1000);
  });

  it('is refused when it was changed or is of another installation', () => {
    const bytes = Buffer.from(token.slice(4), 'base64url');
    for (const at of [0, 12, 30, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(openToken(secret, `fmt_${changed.toString('base64url')}`, NOW)).toBeNull();
    }
    expect(openToken(randomBytes(32), token, NOW)).toBeNull();
  });

  it.each(['', 'fmt_', 'fmt_x', KEY, `fmt_${'A'.repeat(40)}`])('is not %j', (text) =>
    expect(openToken(secret, text, NOW)).toBeNull(),
  );
});
