import { BriefCache } from './brief-cache.js';

describe('BriefCache', () => {
  it('shares look-ups under way and believes them for its time', async () => {
    let asked = 0;
    const cache = new BriefCache(async (key) => `${key}${++asked}`, 50);
    expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('b')])).toEqual(['a1', 'a1', 'b2']);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await cache.get('a')).toBe('a3');
  });

  it('does not remember failures, nor what it was told to forget', async () => {
    let asked = 0;
    const cache = new BriefCache(
      async () => (++asked === 1 ? Promise.reject(new Error('down')) : asked),
      1000,
    );
    await expect(cache.get('a')).rejects.toThrow('down');
    expect(await cache.get('a')).toBe(2);
    cache.forget('a');
    expect(await cache.get('a')).toBe(3);
  });

  it('stays bounded', async () => {
    let asked = 0;
    const cache = new BriefCache(async () => ++asked, 1000, 2);
    for (const key of ['a', 'b', 'c', 'a']) await cache.get(key);
    expect(asked).toBe(4);
  });
});
