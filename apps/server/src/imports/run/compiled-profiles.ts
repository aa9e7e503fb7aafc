import type { Client } from 'pg';
import { ConfigError, ImportError, type CompiledProfile } from 'feedmill/pipeline';
import { loadDefinition } from './load-batch.js';

const MAX_REMEMBERED = 50;

/** Profile versions as this child has compiled them: they are immutable, so each is compiled once. */
export class CompiledProfiles {
  private readonly known = new Map<number, CompiledProfile | ImportError>();

  constructor(private readonly compile: (definition: unknown) => CompiledProfile) {}

  /** The error where the version does not load: imports of it fail as a whole. */
  async get(client: Client, versionId: number): Promise<CompiledProfile | ImportError> {
    const known = this.known.get(versionId);
    if (known) return known;
    const definition = await loadDefinition(client, versionId);
    let profile: CompiledProfile | ImportError;
    try {
      profile = this.compile(definition);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      profile = new ImportError('profile_does_not_load', error.message);
    }
    if (this.known.size >= MAX_REMEMBERED) this.known.delete(this.known.keys().next().value!);
    this.known.set(versionId, profile);
    return profile;
  }
}
