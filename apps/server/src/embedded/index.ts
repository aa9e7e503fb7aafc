export { endLeftover } from './child.js';
export { DataDir } from './data-dir.js';
export { LaunchError } from './launch-error.js';
export { freePort, isFree } from './ports.js';
export { startPostgres, type RunningPostgres } from './postgres.js';
export { findRedis, redisInstallCommand, startRedis, type RunningRedis } from './redis.js';
