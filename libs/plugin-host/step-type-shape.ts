import type { StepType } from 'feedmill/pipeline';

const STAGES: readonly unknown[] = ['decode', 'mediate', 'resolve', 'rate'];
const FORMATS: readonly unknown[] = ['rows', 'records'];
const CODE = /^[a-z][a-z0-9_]*$/;

/**
 * What a plugin's module exports as `default`, as step types: one, or several versions of one.
 * @param name the manifest's name, which is their `type`
 * @throws Error with one sentence for the list of plugins
 */
export function toStepTypes(exported: unknown, name: string): StepType[] {
  if (exported === undefined)
    throw new Error('index.js has no default export; write `export default defineStep({...})`');
  const types: unknown[] = Array.isArray(exported) ? exported : [exported];
  if (types.length === 0) throw new Error('index.js exports no step type');
  return types.map((type) => toStepType(type, name));
}

function toStepType(value: unknown, name: string): StepType {
  const problem = shapeProblem(value, name);
  if (problem) throw new Error(`step type: ${problem}`);
  return value as StepType;
}

function shapeProblem(value: unknown, name: string): string | null {
  if (value === null || typeof value !== 'object') return 'must be an object, as defineStep gives it';
  const type = value as Record<string, unknown>;
  if (type.type !== name) return `"type" must be "${name}", the plugin's name`;
  if (!Number.isInteger(type.version) || (type.version as number) < 1)
    return '"version" must be an integer of at least 1';
  if (!STAGES.includes(type.stage)) return `"stage" must be one of ${STAGES.join(', ')}`;
  for (const text of ['title', 'description']) {
    if (typeof type[text] !== 'string' || type[text].trim() === '') return `"${text}" must be a text`;
  }
  if (typeof type.create !== 'function') return '"create" must be a function';
  if (type.stage === 'decode' && !FORMATS.includes(type.format)) return '"format" must be rows or records';
  for (const optional of ['requires', 'provides', 'fields']) {
    if (type[optional] !== undefined && typeof type[optional] !== 'function')
      return `"${optional}" must be a function`;
  }
  return configProblem(type.config) ?? codesProblem(type.errorCodes) ?? examplesProblem(type.examples);
}

function configProblem(config: unknown): string | null {
  if (typeof config !== 'function') return '"config" must be a class';
  try {
    new (config as new () => object)();
    return null;
  } catch (error) {
    return `"config" must be a class that can be made without arguments: ${(error as Error).message}`;
  }
}

function codesProblem(codes: unknown): string | null {
  if (codes === null || typeof codes !== 'object')
    return '"errorCodes" must be an object of code and meaning';
  const bad = Object.entries(codes).find(([code, text]) => !CODE.test(code) || typeof text !== 'string');
  return bad ? `error code "${bad[0]}" must be snake_case and have a text that says what it means` : null;
}

function examplesProblem(examples: unknown): string | null {
  if (!Array.isArray(examples)) return '"examples" must be a list';
  const isExample = ({ title, config }: Record<string, unknown>) =>
    typeof title === 'string' && config !== null && typeof config === 'object';
  if (
    !examples.every((e) => e !== null && typeof e === 'object' && isExample(e as Record<string, unknown>))
  ) {
    return 'each of "examples" must have a title and a config';
  }
  try {
    JSON.stringify(examples);
    return null;
  } catch (error) {
    return `"examples" must be plain JSON: ${(error as Error).message}`;
  }
}
