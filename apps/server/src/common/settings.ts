import { statSync } from 'node:fs';
import { cpus } from 'node:os';
import { delimiter } from 'node:path';
import { ConfigError, type ConfigProblem } from 'feedmill/pipeline';

/** The server's environment, checked once at boot. Names and defaults: docs/operations.md. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly role: 'all' | 'api' | 'worker';
  readonly databaseUrl: string;
  /** Without Redis, role `all` dispatches in process. */
  readonly redisUrl: string | null;
  /** Prefix of all queue keys in Redis. */
  readonly queuePrefix: string;
  readonly bootstrapAdminKey: string | null;
  readonly configDir: string | null;
  readonly pluginDirs: readonly string[];
  readonly maxRecordsPerRequest: number;
  readonly maxBodyBytes: number;
  readonly maxBacklogRecords: number;
  /** Posts per second and key; 0 is no limit. */
  readonly maxRequestsPerSecond: number;
  /** Child processes that mediate. */
  readonly workerSlots: number;
  /** Heap of a child in MiB; a record that needs more becomes `step_crashed`. */
  readonly childHeapMb: number;
  /** A child that makes no progress for so long is ended. */
  readonly stallMs: number;
  readonly leaseSeconds: number;
  /** Between two looks for facts whose time to be kept is over. */
  readonly retentionSeconds: number;
  readonly logLevel: string;
}

export const SETTINGS = Symbol('Settings');

const ROLES = ['all', 'api', 'worker'] as const;

/**
 * Reads the settings from an environment.
 * @throws ConfigError with every variable that is wrong, each named in its pointer.
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const problems: ConfigProblem[] = [];
  const refuse = (name: string, message: string) =>
    problems.push({ pointer: name, code: 'invalid_setting', message });
  const integer = (name: string, fallback: number, min: number, max: number): number => {
    const text = env[name];
    if (text === undefined || text === '') return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    refuse(name, `must be a whole number from ${min} to ${max}, found "${text}"`);
    return fallback;
  };
  const folders = (name: string, paths: readonly string[]): readonly string[] => {
    const missing = paths.filter((path) => !statSync(path, { throwIfNoEntry: false })?.isDirectory());
    for (const path of missing) refuse(name, `must name folders that are there; "${path}" is none`);
    return paths;
  };
  const role = env.FEEDMILL_ROLE || 'all';
  if (!ROLES.includes(role as Settings['role'])) refuse('FEEDMILL_ROLE', 'must be all, api or worker');
  const databaseUrl = env.DATABASE_URL ?? '';
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    refuse('DATABASE_URL', 'must be the URL of a PostgreSQL database (npm start brings its own)');
  }
  const redisUrl = env.REDIS_URL || null;
  if (redisUrl && !/^rediss?:\/\//.test(redisUrl))
    refuse('REDIS_URL', 'must begin with redis:// or rediss://');
  if (!redisUrl && role !== 'all') {
    refuse('REDIS_URL', `is needed with FEEDMILL_ROLE=${role}: api and worker meet in Redis`);
  }
  const bootstrapAdminKey = env.FEEDMILL_BOOTSTRAP_ADMIN_KEY || null;
  if (bootstrapAdminKey && bootstrapAdminKey.length < 32) {
    refuse('FEEDMILL_BOOTSTRAP_ADMIN_KEY', 'must have at least 32 characters');
  }
  const settings: Settings = {
    port: integer('PORT', 3000, 0, 65535),
    host: env.HOST || '127.0.0.1',
    role: role as Settings['role'],
    databaseUrl,
    redisUrl,
    queuePrefix: env.FEEDMILL_QUEUE_PREFIX || 'feedmill',
    bootstrapAdminKey,
    configDir: env.FEEDMILL_CONFIG_DIR || null,
    pluginDirs: folders(
      'FEEDMILL_PLUGINS_DIR',
      (env.FEEDMILL_PLUGINS_DIR ?? '').split(delimiter).filter(Boolean),
    ),
    maxRecordsPerRequest: integer('FEEDMILL_MAX_RECORDS_PER_REQUEST', 1000, 1, 100_000),
    maxBodyBytes: integer('FEEDMILL_MAX_BODY_BYTES', 8 * 1024 * 1024, 1024, 256 * 1024 * 1024),
    maxBacklogRecords: integer('FEEDMILL_MAX_BACKLOG_RECORDS', 2_000_000, 1, 1_000_000_000),
    maxRequestsPerSecond: integer('FEEDMILL_MAX_REQUESTS_PER_SECOND', 5000, 0, 1_000_000),
    workerSlots: integer('FEEDMILL_WORKER_SLOTS', cpus().length, 1, 256),
    childHeapMb: integer('FEEDMILL_CHILD_HEAP_MB', 384, 64, 16_384),
    stallMs: integer('FEEDMILL_STALL_MS', 10_000, 100, 600_000),
    leaseSeconds: integer('FEEDMILL_LEASE_SECONDS', 60, 2, 3600),
    retentionSeconds: integer('FEEDMILL_RETENTION_SECONDS', 3600, 1, 86_400),
    logLevel: env.FEEDMILL_LOG_LEVEL || 'info',
  };
  if (problems.length) throw new ConfigError(problems);
  return settings;
}
