import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import pg from 'pg';
import { type ConfigProblem, ConfigError } from 'feedmill/pipeline';
import { Problem, SETTINGS, type Settings } from '../common/index.js';
import { connectionConfig } from '../database/index.js';
import { type Applied, ConfigApplier } from './config-applier.js';
import { type ConfigFile, readConfigFolder } from './config-folder.js';
import type { Drift } from './configuration-view.js';

/** Of the processes that start together one applies the folder, the others wait and find it done. */
const CONFIG_LOCK = 7_301_994_223;

/** Applies the configuration folder before the server takes its first request. */
@Injectable()
export class ConfigurationService implements OnApplicationBootstrap {
  private readonly log = new Logger('configuration');
  private found: Drift[] = [];

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly applier: ConfigApplier,
  ) {}

  /** @throws ConfigError that names each file and place that cannot be applied */
  async onApplicationBootstrap(): Promise<void> {
    if (!this.settings.configDir) return;
    const files = readConfigFolder(this.settings.configDir);
    await this.locked(() => this.applyAll(files));
  }

  /** The drift that this process found when it started. */
  get drift(): readonly Drift[] {
    return this.found;
  }

  private async applyAll(files: readonly ConfigFile[]): Promise<void> {
    const problems: ConfigProblem[] = [];
    const drift: Drift[] = [];
    for (const file of files) {
      try {
        const applied = await this.applier.apply(file);
        this.report(file, applied);
        drift.push(...applied.drift.map((detail) => ({ file: file.path, detail })));
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error;
        problems.push(...placed(file, error));
      }
    }
    if (problems.length) throw new ConfigError(problems);
    this.found = drift;
  }

  private report({ path }: ConfigFile, { outcome, drift }: Applied): void {
    if (outcome !== 'same') this.log.log({ file: path, outcome }, `${path}: ${outcome}`);
    for (const detail of drift.slice(0, 20)) {
      this.log.warn({ file: path, drift: detail }, `${path}: left alone, it was changed since: ${detail}`);
    }
    if (drift.length > 20) this.log.warn({ file: path }, `${path}: and ${drift.length - 20} more`);
  }

  private async locked(work: () => Promise<void>): Promise<void> {
    const client = new pg.Client({
      ...connectionConfig(this.settings.databaseUrl, 'feedmill-configuration'),
      statement_timeout: 0,
      lock_timeout: 0,
      query_timeout: 0,
    });
    await client.connect();
    try {
      await client.query('SELECT pg_advisory_lock($1)', [CONFIG_LOCK]);
      await work();
    } finally {
      await client.end();
    }
  }
}

/** The problems of a refusal with file and line in place of the pointer alone. */
function placed({ path, content }: ConfigFile, problem: Problem): ConfigProblem[] {
  const errors = problem.errors ?? [{ pointer: '', code: problem.code, message: problem.detail }];
  return errors.map(({ pointer, code, message }) => {
    const line = 'csv' in content ? (/^\/lines\/(\d+)/.exec(pointer)?.[1] ?? null) : content.lineOf(pointer);
    const place = line === null ? path : `${path}:${line}`;
    return { pointer: 'csv' in content || !pointer ? place : `${place} ${pointer}`, code, message };
  });
}
