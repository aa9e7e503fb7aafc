import { register } from 'node:module';

/** What plugins import by name and share with the host, wherever their folders are. */
const HOST_MODULES = [
  'feedmill/pipeline',
  'class-validator',
  'class-transformer',
  'class-validator-jsonschema',
  'reflect-metadata',
] as const;

let isShared = false;

/**
 * Lets plugins outside of this package import the host's own copies of `HOST_MODULES`. There must
 * be one copy only: decorators register in it, and errors are recognised by their class.
 */
export function shareHostModules(): void {
  if (isShared) return;
  isShared = true;
  register('./resolve-hook.js', import.meta.url, {
    data: { hostUrl: import.meta.url, modules: HOST_MODULES },
  });
}
