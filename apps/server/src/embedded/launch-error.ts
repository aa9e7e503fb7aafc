/** What keeps Feedmill from starting, in words for whoever typed `npm start`: what is wrong and what to do. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
}

/** True where the disk (or a quota) is full, in Node's words or in those of Postgres and Redis. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    code === '53100' ||
    /No space left on device|Disk quota exceeded|Check free disk space/i.test(message ?? String(error))
  );
}

export function diskFull(dataDir: string): LaunchError {
  return new LaunchError(
    `The disk that holds ${dataDir} is full. Free some space (a few hundred MB to begin with), or put the data elsewhere: FEEDMILL_DATA_DIR=/path npm start`,
  );
}
