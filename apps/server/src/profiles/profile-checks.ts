import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { ProfileDefinition } from 'feedmill/pipeline';
import { Problem, type ProblemDetail, storableProblems } from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { PluginsService } from '../plugins/index.js';
import { MAX_DEFINITION_BYTES } from './profile.js';

/** Whether a definition can work: asked of a child process, which has the step types. */
@Injectable()
export class ProfileChecks {
  constructor(
    private readonly plugins: PluginsService,
    @Inject(PG_POOL) private readonly pool: pg.Pool,
  ) {}

  /** @throws Problem 422 `invalid_profile` with every problem */
  async read(body: unknown): Promise<ProfileDefinition> {
    if (JSON.stringify(body ?? {}).length > MAX_DEFINITION_BYTES) {
      throw refused([{ pointer: '', code: 'too_large', message: 'is more than 1 MiB of JSON' }]);
    }
    const problems = storableProblems(body);
    if (!problems.length) problems.push(...(await this.plugins.checkProfile(body ?? {})));
    if (problems.length) throw refused(problems);
    const { decode, steps } = body as ProfileDefinition;
    return { decode, steps };
  }

  /** What a version must be beyond a sound draft: its decode step reads what the profile's feeds take. */
  async requirePublishable(profile: string, { decode, steps }: ProfileDefinition): Promise<void> {
    await this.read({ decode, steps });
    const format = await this.formatOf({ decode, steps });
    const { rows: feeds } = await this.pool.query<{ name: string; format: string }>(
      `SELECT f.name, f.format FROM feed f JOIN profile p ON p.id = f.profile_id
       WHERE p.name = $1 AND f.format <> coalesce($2, f.format) ORDER BY f.id`,
      [profile, format],
    );
    if (!feeds.length) return;
    throw refused(
      feeds.map((feed) => ({
        pointer: '/decode/use',
        code: 'format_mismatch',
        message: `"${decode.use}" reads ${format}, but feed "${feed.name}" takes ${feed.format}`,
      })),
    );
  }

  /** The feed format that a definition's decode step reads; null where its step type is not loaded. */
  async formatOf({ decode }: ProfileDefinition): Promise<string | null> {
    const { types } = await this.plugins.list();
    return types.find(({ type, version }) => decode.use === `${type}@${version}`)?.format ?? null;
  }
}

function refused(errors: readonly ProblemDetail[]): Problem {
  return new Problem(422, 'invalid_profile', 'The profile cannot work; see errors.', { errors });
}
