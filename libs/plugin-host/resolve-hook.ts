import type { InitializeHook, ResolveHook } from 'node:module';

/** Runs in Node's loader thread; see `host-modules.ts`. */
interface HookData {
  /** A module of the host: names are resolved as if it imported them. */
  readonly hostUrl: string;
  readonly modules: readonly string[];
}

let host: HookData = { hostUrl: import.meta.url, modules: [] };

export const initialize: InitializeHook<HookData> = (data) => {
  host = data;
};

export const resolve: ResolveHook = (specifier, context, nextResolve) =>
  nextResolve(
    specifier,
    host.modules.includes(specifier) ? { ...context, parentURL: host.hostUrl } : context,
  );
