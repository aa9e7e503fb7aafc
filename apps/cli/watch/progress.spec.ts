import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createProgress, toProgressLine } from './progress.js';

describe('progress', () => {
  it('is a line every five seconds where there is no terminal', async () => {
    const stderr = new PassThrough();
    let now = 0;
    const progress = createProgress(stderr as unknown as NodeJS.WriteStream, () => now);
    for (const [ms, done] of [
      [1000, 1],
      [5000, 1200],
      [6000, 1300],
      [10_100, 2000],
    ] as const) {
      now = ms;
      progress.show({ done, total: 2000, text: `imported ${done}` });
    }
    progress.stop();
    stderr.end();
    expect(await text(stderr)).toBe(
      '1,200 of 2,000 records (60 %): imported 1200\n2,000 of 2,000 records (100 %): imported 2000\n',
    );
  });

  it('of nothing is complete', () => {
    expect(toProgressLine({ done: 0, total: 0, text: '' })).toBe('0 of 0 records (100 %)');
  });
});
