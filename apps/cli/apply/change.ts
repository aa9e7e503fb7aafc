import type { Kind } from './config-folder.js';

/**
 * create: it is missing; publish: a new profile version; update: it is there and differs; upsert: rows of reference
 * data, which the server compares itself; differs: it is there, differs, and is left alone; none: nothing to do.
 */
export type Action = 'create' | 'publish' | 'update' | 'upsert' | 'differs' | 'none';

/** One thing that a config folder asks for, compared with the server. */
export interface Change {
  action: Action;
  kind: Kind;
  name: string;
  /** The file it comes from. */
  path: string;
  /** For people: what differs, how many rows. */
  detail: string;
  /** Makes it so; does nothing for `differs` and `none`. */
  apply: () => Promise<void>;
}

export async function nothing(): Promise<void> {
  // What is already so needs no request.
}
