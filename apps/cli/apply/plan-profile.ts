import { type ApiClient, pathPart } from '../api-client.js';
import type { Change } from './change.js';
import { nothing } from './change.js';
import { type ConfigFile, nameOf, toObject } from './config-folder.js';
import { isSameContent } from './same-content.js';

interface ProfileView {
  publishedVersion: number | null;
}

interface VersionView {
  version: number;
  decode: unknown;
  steps: unknown;
}

/** A profile file: name, description and comment are about it, the rest is the definition of a version. */
export async function planProfile(client: ApiClient, file: ConfigFile): Promise<Change> {
  const { name: _name, description, comment, ...definition } = toObject(file);
  const name = nameOf(file);
  const path = `/profiles/${pathPart(name)}`;
  const change = { kind: file.kind, name, path: file.path };
  const publish = async (): Promise<void> => {
    const draft = await client.send<VersionView>('POST', `${path}/versions`, definition);
    const reason = { comment: comment ?? `applied from ${file.path}` };
    await client.send('POST', `${path}/versions/${draft.version}/publish`, reason);
  };

  const profile = await client.find<ProfileView>(path);
  if (profile === null) {
    const create = async (): Promise<void> => {
      await client.send('POST', '/profiles', { name, description });
      await publish();
    };
    return { ...change, action: 'create', detail: 'and publish version 1', apply: create };
  }
  if (profile.publishedVersion === null) {
    return { ...change, action: 'publish', detail: 'nothing is published yet', apply: publish };
  }
  const { decode, steps } = await client.get<VersionView>(`${path}/versions/${profile.publishedVersion}`);
  if (isSameContent({ decode, steps }, definition)) {
    return {
      ...change,
      action: 'none',
      detail: `version ${profile.publishedVersion} is the same`,
      apply: nothing,
    };
  }
  const detail = `the content of version ${profile.publishedVersion} differs`;
  return { ...change, action: 'publish', detail, apply: publish };
}
