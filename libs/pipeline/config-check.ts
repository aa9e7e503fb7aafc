import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, ValidationTypes, type ValidationError } from 'class-validator';
import { didYouMean } from './did-you-mean.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import type { ConfigClass } from './step.js';

const MAX_DEPTH = 32;
/** Names that would reach an object's prototype; class-transformer leaves them out in silence. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Checks a config as it came (from JSON or YAML) against its class: every problem at once, each with
 * its place below `pointer` (RFC 6901).
 */
export function checkConfig<C extends object>(
  configClass: ConfigClass<C>,
  plain: unknown,
  pointer: string,
): ConfigProblem[] {
  return readConfig(configClass, plain, pointer).problems;
}

/**
 * The config as an instance of its class, with the class's defaults.
 * @throws ConfigError with every problem
 */
export function toConfig<C extends object>(configClass: ConfigClass<C>, plain: unknown, pointer: string): C {
  const { config, problems } = readConfig(configClass, plain, pointer);
  if (problems.length > 0 || config === null) throw new ConfigError(problems);
  return config;
}

/** A JSON pointer with one more step. */
export function pointerTo(pointer: string, name: string | number): string {
  return `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export interface ReadConfig<C> {
  readonly config: C | null;
  readonly problems: ConfigProblem[];
}

/** Both of the above in one; the config is null where there is too little of it to work with. */
export function readConfig<C extends object>(
  configClass: ConfigClass<C>,
  plain: unknown,
  pointer: string,
): ReadConfig<C> {
  if (plain === null || typeof plain !== 'object' || Array.isArray(plain)) {
    return { config: null, problems: [{ pointer, code: 'invalid_value', message: 'must be an object' }] };
  }
  const problems = structureProblems(plain, pointer, 0);
  if (problems.length > 0) return { config: null, problems };
  const config = plainToInstance(configClass, plain);
  if (namesOf(configClass).length === 0) {
    const unknown = Object.keys(plain).map((name) => unknownKey(pointer, name, []));
    return { config, problems: unknown };
  }
  const errors = validateSync(config, { whitelist: true, forbidNonWhitelisted: true });
  return {
    config,
    problems: [...arrayProblems(config, pointer), ...errors.flatMap((error) => toProblems(error, pointer))],
  };
}

/** What must not even reach the class: names that touch prototypes, and bottomless nesting. */
function structureProblems(value: object, pointer: string, depth: number): ConfigProblem[] {
  if (depth > MAX_DEPTH) {
    return [{ pointer, code: 'too_deep', message: `is nested more than ${MAX_DEPTH} deep` }];
  }
  return Object.entries(value).flatMap(([name, child]) => {
    if (!Array.isArray(value) && FORBIDDEN_NAMES.has(name)) return [unknownKey(pointer, name, [])];
    return child !== null && typeof child === 'object'
      ? structureProblems(child as object, pointerTo(pointer, name), depth + 1)
      : [];
  });
}

/** Arrays where a nested config belongs: class-validator takes `[]` for an object without members. */
function arrayProblems(config: object, pointer: string): ConfigProblem[] {
  return metadataOf(config.constructor as ConfigClass)
    .filter(({ type }) => type === ValidationTypes.NESTED_VALIDATION)
    .flatMap(({ propertyName, each }) => {
      const value: unknown = (config as Record<string, unknown>)[propertyName];
      const at = pointerTo(pointer, propertyName);
      if (!each || !Array.isArray(value)) return nestedArrayProblems(value, at);
      return value.flatMap((item, i) => nestedArrayProblems(item, pointerTo(at, i)));
    });
}

function nestedArrayProblems(value: unknown, pointer: string): ConfigProblem[] {
  if (Array.isArray(value)) return [{ pointer, code: 'invalid_value', message: 'must be an object' }];
  return value !== null && typeof value === 'object' ? arrayProblems(value, pointer) : [];
}

function toProblems(error: ValidationError, pointer: string): ConfigProblem[] {
  const at = error.property === undefined ? pointer : pointerTo(pointer, error.property);
  const nested = (error.children ?? []).flatMap((child) => toProblems(child, at));
  return [...ownProblems(error, pointer, at), ...nested];
}

function ownProblems(error: ValidationError, parent: string, at: string): ConfigProblem[] {
  const constraints = error.constraints ?? {};
  if ('whitelistValidation' in constraints) {
    const known = error.target ? namesOf(error.target.constructor as ConfigClass) : [];
    return [unknownKey(parent, error.property, known)];
  }
  if ('unknownValue' in constraints)
    return [{ pointer: at, code: 'invalid_value', message: 'must be an object' }];
  const messages = Object.values(constraints);
  if (messages.length > 0 && error.value === undefined) {
    return [{ pointer: at, code: 'required', message: `"${error.property}" is required` }];
  }
  return messages.map((message) => ({ pointer: at, code: 'invalid_value', message }));
}

function unknownKey(pointer: string, name: string, known: readonly string[]): ConfigProblem {
  return {
    pointer: pointerTo(pointer, name),
    code: 'unknown_key',
    message: `"${name}" is not known here${didYouMean(name, known)}`,
  };
}

/** The property names that a config class declares. */
function namesOf(configClass: ConfigClass): string[] {
  return [...new Set(metadataOf(configClass).map(({ propertyName }) => propertyName))];
}

function metadataOf(configClass: ConfigClass) {
  return getMetadataStorage().getTargetValidationMetadatas(configClass, '', false, false);
}
