import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { type ProfileDefinition, type UsageKeyField, unknownKeyFields } from 'feedmill/pipeline';
import { Problem, type ProblemDetail, storableProblems } from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import { PluginsService } from '../plugins/index.js';
import { MAX_DEFINITION_BYTES } from './profile.js';

interface UsingFeed {
  readonly name: string;
  readonly format: string;
  readonly enabled: boolean;
  readonly usageKey: { readonly fields?: readonly UsageKeyField[] };
}

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
    if (!problems.length) problems.push(...(await this.plugins.checkProfile(body ?? {})).problems);
    if (problems.length) throw refused(problems);
    const { decode, steps } = body as ProfileDefinition;
    return { decode, steps };
  }

  /**
   * What a version must be beyond a sound draft: its decode step reads what the profile's feeds take, and gives the fields of
   * their usage keys.
   */
  async requirePublishable(profile: string, { decode, steps }: ProfileDefinition): Promise<void> {
    await this.read({ decode, steps });
    const format = await this.formatOf({ decode, steps });
    const { rows: feeds } = await this.pool.query<UsingFeed>(
      `SELECT f.name, f.format, f.enabled, f.usage_key AS "usageKey" FROM feed f JOIN profile p ON p.id = f.profile_id
       WHERE p.name = $1 ORDER BY f.id`,
      [profile],
    );
    const misread = feeds.filter((feed) => feed.format !== (format ?? feed.format));
    const errors = misread.map((feed) => ({
      pointer: '/decode/use',
      code: 'format_mismatch',
      message: `"${decode.use}" reads ${format}, but feed "${feed.name}" takes ${feed.format}`,
    }));
    const decoded = await this.decodedFields({ decode, steps });
    for (const feed of feeds.filter(({ enabled }) => enabled)) {
      for (const { message } of unknownKeyFields(feed.usageKey.fields ?? [], decoded)) {
        const inFeed = `${message} (the usage key of feed "${feed.name}" names it)`;
        errors.push({ pointer: '/decode/config', code: 'unknown_field', message: inFeed });
      }
    }
    if (errors.length) throw refused(errors);
  }

  /** The fields that records of a definition have once they are decoded; null where it does not fix them. */
  async decodedFields({ decode, steps }: ProfileDefinition): Promise<readonly string[] | null> {
    return (await this.plugins.checkProfile({ decode, steps })).decodedFields;
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
