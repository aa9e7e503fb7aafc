import { hashOf, isPlausibleKey, newKey, publicIdOf } from './key-text.js';

describe('the text of a key', () => {
  it('holds its public id and 160 random bits', () => {
    const { publicId, text } = newKey();
    expect(text).toMatch(/^fm_[a-z0-9]{12}_[a-z0-9]{32}$/);
    expect(publicIdOf(text)).toBe(publicId);
    expect(newKey().text).not.toBe(text);
  });

  it('gives a key of the operator a public id that tells nothing of it', () => {
    const text = 'a-key-of-the-operator-s-own-making!';
    expect(publicIdOf(text)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(text).toString('hex')).not.toContain(publicIdOf(text));
    expect(publicIdOf(newKey(publicIdOf(text)).text)).toBe(publicIdOf(text));
  });

  it.each(['', 'short', 'x'.repeat(513), `${'x'.repeat(40)} `, `${'x'.repeat(40)}\u00e9`])(
    'cannot be %j',
    (text) => expect(isPlausibleKey(text)).toBe(false),
  );
});
