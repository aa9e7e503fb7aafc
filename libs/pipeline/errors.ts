import type { Rejection } from './outcome.js';

/** A problem in a configuration, with the place in it (RFC 6901 pointer). */
export interface ConfigProblem {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** A configuration that cannot work. Carries every problem found, not only the first. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map((p) => `${p.pointer || '/'}: ${p.message}`).join('; '));
    this.name = 'ConfigError';
  }
}

/** Runs what may throw a ConfigError: its problems are added to `problems`, and there is no result. */
export function collectProblems<T>(problems: ConfigProblem[], make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/**
 * Compiles every item of a list in a config.
 * @throws ConfigError with the problems of all that failed by one
 */
export function compileEach<Item, Compiled>(
  items: readonly Item[],
  compile: (item: Item, index: number) => Compiled,
): Compiled[] {
  const problems: ConfigProblem[] = [];
  const compiled = items.flatMap((item, i) => collectProblems(problems, () => [compile(item, i)]) ?? []);
  if (problems.length > 0) throw new ConfigError(problems);
  return compiled;
}

/** Thrown by a step in place of returning `reject(...)`: the record becomes an exception. */
export class RecordError extends Error implements Rejection {
  readonly field?: string;
  readonly details?: Rejection['details'];
  readonly missing?: Rejection['missing'];

  constructor(
    readonly code: string,
    message: string,
    more: Omit<Rejection, 'code' | 'message'> = {},
  ) {
    super(message);
    this.name = 'RecordError';
    Object.assign(this, more);
  }
}

/** The import cannot be run as a whole, e.g. because its profile version does not load. */
export class ImportError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ImportError';
  }
}

/**
 * Reference data cannot be had at the moment: trouble of the system, of which no record must suffer. The
 * runner lets it through, and the chunk is tried again as a whole.
 */
export class ReferenceUnavailable extends Error {
  override readonly name = 'ReferenceUnavailable';
}
