import { type ApiClient, pathPart } from '../api-client.js';
import { UsageError } from '../errors.js';
import { type Change, nothing } from './change.js';
import { type ConfigFile, toObject } from './config-folder.js';
import { isSameContent } from './same-content.js';

/**
 * A feed file is the feed as the API takes it. One that exists and differs was perhaps changed on purpose (paused,
 * say), so it is only updated where that is asked for.
 */
export async function planFeed(client: ApiClient, file: ConfigFile, isUpdating: boolean): Promise<Change> {
  const feed = toObject(file);
  const { apiName } = feed;
  if (typeof apiName !== 'string')
    throw new UsageError(`${file.path}: apiName is missing; a feed is known by it`);
  const path = `/feeds/${pathPart(apiName)}`;
  const change = { kind: file.kind, name: apiName, path: file.path };

  const present = await client.find<Record<string, unknown>>(path);
  if (present === null) {
    const create = async (): Promise<void> => void (await client.send('POST', '/feeds', feed));
    return { ...change, action: 'create', detail: `with profile ${String(feed.profile)}`, apply: create };
  }
  const differing = Object.keys(feed).filter(
    (name) => !isWithin(withLongKeys(feed)[name], withLongKeys(present)[name]),
  );
  const detail = differing.join(', ');
  if (differing.length === 0) return { ...change, action: 'none', detail: 'it is the same', apply: nothing };
  if (!isUpdating) return { ...change, action: 'differs', detail, apply: nothing };
  const patch = Object.fromEntries(differing.map((name) => [name, replacing(present[name], feed[name])]));
  const update = async (): Promise<void> => void (await client.send('PATCH', path, patch));
  return { ...change, action: 'update', detail, apply: update };
}

/** The feed with the fields of its usage key written out: `date` is `{field: date, as: text}`. */
function withLongKeys(feed: Record<string, unknown>): Record<string, unknown> {
  const key = feed.usageKey;
  if (!isObject(key) || !Array.isArray(key.fields)) return feed;
  const fields = key.fields.map((field: unknown) => ({
    as: 'text',
    ...(isObject(field) ? field : { field }),
  }));
  return { ...feed, usageKey: { ...key, fields } };
}

/** Whether what a file says is so: what it leaves out or sets to null has its default, whatever that is. */
function isWithin(said: unknown, present: unknown): boolean {
  if (said === null || said === undefined) return true;
  if (isObject(said) && isObject(present)) {
    return Object.entries(said).every(([name, value]) => isWithin(value, present[name]));
  }
  return isSameContent(said, present);
}

/** What to send for a value to become what a file says: members of an object that are not named stay as they are there. */
function replacing(present: unknown, said: unknown): unknown {
  if (!isObject(said) || !isObject(present)) return said;
  const goes = Object.keys(present).filter((name) => !Object.hasOwn(said, name));
  return Object.fromEntries([
    ...goes.map((name) => [name, null]),
    ...Object.entries(said).map(([name, value]) => [name, replacing(present[name], value)]),
  ]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
