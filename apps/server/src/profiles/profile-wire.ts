import type { ChangedBy } from '../admin/index.js';
import { Problem } from '../common/index.js';
import type { ProfileVersionEntity } from './profile.entity.js';
import type { ProfileVersion } from './profile.js';

export function toVersion(name: string, row: ProfileVersionEntity): ProfileVersion {
  return {
    name,
    version: row.version,
    status: row.status,
    decode: row.definition.decode,
    steps: row.definition.steps,
    comment: row.comment,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    publishedAt: row.publishedAt?.toISOString() ?? null,
    publishedBy: row.publishedBy,
  };
}

/** Who changed it, as versions remember it. */
export const nameOf = ({ actor }: ChangedBy): string => (typeof actor === 'string' ? actor : actor.name);

export const notFound = (name: string): Problem =>
  new Problem(404, 'profile_not_found', `There is no profile "${name.slice(0, 100)}".`);
