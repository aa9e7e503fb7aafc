import { isDiskFull } from './launch-error.js';

describe('isDiskFull', () => {
  it.each([
    'FATAL:  could not write to file "pg_wal/xlogtemp.1": No space left on device',
    'FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 9\nHINT:  Check free disk space.',
    'write failed: Disk quota exceeded',
    Object.assign(new Error('write'), { code: 'ENOSPC' }),
  ])('knows %s', (error) => expect(isDiskFull(error)).toBe(true));

  it('takes nothing else for it', () => {
    expect(isDiskFull('FATAL:  could not create lock file: Permission denied')).toBe(false);
  });
});
