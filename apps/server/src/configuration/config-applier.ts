import { Injectable } from '@nestjs/common';
import type { ChangedBy } from '../admin/index.js';
import { Problem, type ProblemDetail } from '../common/index.js';
import { ConfiguredFeeds } from '../feeds/index.js';
import { ConfiguredProfiles } from '../profiles/index.js';
import {
  type AppliedReference,
  ConfiguredReference,
  type WrittenRow,
  csvRows,
  csvTable,
  listRows,
  readTimeZone,
} from '../reference/index.js';
import type { ConfigFile } from './config-folder.js';

/** What a file came to. */
export interface Applied {
  readonly outcome: 'created' | 'changed' | 'same' | 'drift';
  /** What was left alone, and why; empty where there is none. */
  readonly drift: readonly string[];
}

const BY: ChangedBy = { actor: 'config', requestId: null };

/** Applies one file of the configuration folder, as what its folder says it is. */
@Injectable()
export class ConfigApplier {
  constructor(
    private readonly reference: ConfiguredReference,
    private readonly profiles: ConfiguredProfiles,
    private readonly feeds: ConfiguredFeeds,
  ) {}

  /** @throws Problem as the same content would get from the API */
  async apply(file: ConfigFile): Promise<Applied> {
    switch (file.kind) {
      case 'usage-classes':
        return this.usageClasses(file);
      case 'tables':
        return toApplied(await this.table(file));
      case 'identifiers':
        return toApplied(await this.identifiers(file));
      case 'rate-plans':
        return toApplied(await this.ratePlan(file));
      case 'profiles':
        return this.profile(file);
      case 'feeds':
        return this.feed(file);
    }
  }

  private async usageClasses({ content }: ConfigFile): Promise<Applied> {
    const problems: ProblemDetail[] = [];
    const rows = 'csv' in content ? csvRows(content.csv, problems) : classRows(content.value, problems);
    const { answer, drift } = await this.reference.usageClasses(BY, { rows, problems });
    const { created, changed } = answer;
    if (created + changed > 0) return { outcome: changed ? 'changed' : 'created', drift };
    return { outcome: drift.length ? 'drift' : 'same', drift };
  }

  private table({ content, name }: ConfigFile): Promise<AppliedReference> {
    const problems: ProblemDetail[] = [];
    if ('csv' in content) {
      const { columns, rows } = csvTable(content.csv, problems);
      return this.reference.table(BY, name, { rows, key: undefined, columns, timeZone: undefined, problems });
    }
    const { key, rows: list, timeZone, name: tableName = name } = membersOf(content.value);
    const rows = listRows(list, 'rows', problems);
    return this.reference.table(BY, String(tableName), { rows, key, timeZone, problems });
  }

  private identifiers({ content }: ConfigFile): Promise<AppliedReference> {
    const problems: ProblemDetail[] = [];
    if ('csv' in content) {
      return this.reference.identifiers(BY, {
        rows: csvRows(content.csv, problems),
        timeZone: 'UTC',
        problems,
      });
    }
    const { identifiers, timeZone } = membersOf(content.value);
    const rows = listRows(identifiers, 'identifiers', problems);
    return this.reference.identifiers(BY, { rows, timeZone: readTimeZone(timeZone, problems), problems });
  }

  private ratePlan({ content, name }: ConfigFile): Promise<AppliedReference> {
    const problems: ProblemDetail[] = [];
    if ('csv' in content) {
      const rows = csvRows(content.csv, problems);
      return this.reference.ratePlan(BY, name, { rows, currency: undefined, timeZone: undefined, problems });
    }
    const { rates, currency, timeZone, name: planName = name } = membersOf(content.value);
    const rows = listRows(rates, 'rates', problems);
    return this.reference.ratePlan(BY, String(planName), { rows, currency, timeZone, problems });
  }

  private async profile({ content, name: fileName, path }: ConfigFile): Promise<Applied> {
    const { name, description, comment, ...definition } = valueOf(content);
    const outcome = await this.profiles.apply(BY, {
      name: typeof name === 'string' ? name : fileName,
      description: typeof description === 'string' ? description : undefined,
      comment: typeof comment === 'string' ? comment : `Applied from ${path}.`,
      definition,
    });
    const detail = 'another version was published, or a draft is being written';
    return { outcome, drift: outcome === 'drift' ? [detail] : [] };
  }

  private async feed({ content }: ConfigFile): Promise<Applied> {
    const { outcome, detail } = await this.feeds.apply(BY, valueOf(content));
    return { outcome, drift: outcome === 'drift' ? [detail] : [] };
  }
}

/** A list, or an object that has it as `usageClasses`. */
function classRows(value: unknown, problems: ProblemDetail[]): WrittenRow[] {
  if (Array.isArray(value)) return listRows(value, '', problems);
  return listRows(membersOf(value).usageClasses, 'usageClasses', problems);
}

function valueOf(content: ConfigFile['content']): Record<string, unknown> {
  return membersOf('csv' in content ? null : content.value);
}

function membersOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new Problem(422, 'invalid_configuration', 'The file must hold members (name: value).');
}

function toApplied({ answer, drift }: AppliedReference): Applied {
  if (answer.changeId !== null) return { outcome: answer.changed ? 'changed' : 'created', drift };
  return { outcome: drift.length ? 'drift' : 'same', drift };
}
