import type pg from 'pg';
import type { KeyRole } from '../auth/index.js';
import { Problem, type ProblemDetail, isStorableText, toMoment } from '../common/index.js';
import type { CreateKeyDto } from './key.dto.js';

/** Names by which the program itself signs its changes. */
const OWN_NAMES = ['boot', 'config', 'retention', 'auto-heal'];

export interface ReadKey {
  readonly name: string;
  readonly role: KeyRole;
  readonly feeds: readonly number[] | null;
  readonly expiresAt: string | null;
}

/** @throws Problem 422 `invalid_key` with what the members' own types cannot say */
export async function readKey(client: pg.PoolClient, written: CreateKeyDto): Promise<ReadKey> {
  const errors: ProblemDetail[] = [];
  const refuse = (pointer: string, message: string) =>
    errors.push({ pointer, code: 'invalid_value', message });
  if (OWN_NAMES.includes(written.name))
    refuse('/name', `"${written.name}" is how Feedmill signs its own changes`);
  if (written.name.trim() === '') refuse('/name', 'name must not be blank');
  const expiresAt =
    written.expiresAt === undefined || written.expiresAt === null ? null : toMoment(written.expiresAt);
  if (expiresAt !== null && typeof expiresAt !== 'string') refuse('/expiresAt', expiresAt.problem);
  else if (expiresAt !== null && Date.parse(expiresAt) <= Date.now())
    refuse('/expiresAt', 'must be in the future');
  const feeds = written.feeds ? await feedIds(client, written.feeds, refuse) : null;
  if (errors.length) throw new Problem(422, 'invalid_key', 'The key cannot be made; see errors.', { errors });
  return { name: written.name, role: written.role, feeds, expiresAt: expiresAt as string | null };
}

async function feedIds(
  client: pg.PoolClient,
  refs: readonly string[],
  refuse: (pointer: string, message: string) => void,
): Promise<number[]> {
  const { rows } = await client.query<{ id: number; api_name: string }>(
    'SELECT id, api_name FROM feed WHERE id::text = ANY($1) OR api_name = ANY($1)',
    [refs.filter(isStorableText)],
  );
  const ids = refs.flatMap((ref, i) => {
    const feed = rows.find(({ id, api_name }) => String(id) === ref || api_name === ref);
    if (!feed) refuse(`/feeds/${i}`, `there is no feed "${ref.slice(0, 100)}"`);
    return feed ? [feed.id] : [];
  });
  return [...new Set(ids)];
}
