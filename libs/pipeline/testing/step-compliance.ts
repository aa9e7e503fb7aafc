import { checkConfig } from '../config-check.js';
import { ConfigError } from '../errors.js';
import { ExactNumber } from '../record.js';
import type { StepType } from '../step.js';
import { watchingExplain } from './explain-compliance.js';
import { runStepCase, type CaseResult, type StepCase } from './step-case.js';
import { createStep } from './step-context.js';

/** Codes that the runner gives for every step; a step need not declare them. */
const RUNNER_CODES = ['step_crashed'];
const NO_SUCH_KEY = 'noStepHasThisKey';

/**
 * Checks what every step must keep to (docs/step-contract.md), with its own cases as material. Every
 * plugin's tests call it.
 * @throws Error that lists all that is wrong
 */
export async function assertStepCompliance(type: StepType, cases: readonly StepCase[]): Promise<void> {
  const problems = [
    ...descriptionProblems(type),
    ...exampleProblems(type),
    ...configProblems(type),
    ...(await behaviourProblems(type, cases)),
  ];
  if (problems.length === 0) return;
  throw new Error(
    `${type.type}@${type.version} does not keep to the step contract:\n- ${problems.join('\n- ')}`,
  );
}

function descriptionProblems({ title, description, errorCodes }: StepType): string[] {
  const problems: string[] = [];
  if (title.trim() === '' || title.length > 60) problems.push('the title must have 1 to 60 characters');
  if (description.length < 40)
    problems.push('the description must be a paragraph that an implementer can use');
  for (const [code, meaning] of Object.entries(errorCodes)) {
    if (!/^[a-z][a-z0-9_]*$/.test(code)) problems.push(`the error code "${code}" must be snake_case`);
    if (meaning.trim() === '') problems.push(`the error code "${code}" must say what it means`);
  }
  return problems;
}

function exampleProblems(type: StepType): string[] {
  if (type.examples.length === 0) return ['there must be an example'];
  return type.examples.flatMap(({ title, config }) => {
    const before = JSON.stringify(config);
    try {
      createStep(type, config);
      return JSON.stringify(config) === before ? [] : [`the example "${title}" is changed by create`];
    } catch (error) {
      return [`the example "${title}" is refused: ${(error as Error).message}`];
    }
  });
}

function configProblems(type: StepType): string[] {
  const problems: string[] = [];
  const withUnknown = { ...type.examples[0]?.config, [NO_SUCH_KEY]: 1 };
  if (checkConfig(type.config, withUnknown, '').length === 0)
    problems.push('unknown keys of the config must be refused');
  for (const config of [{}, { [NO_SUCH_KEY]: null }]) {
    try {
      createStep(type, config);
    } catch (error) {
      if (!(error instanceof ConfigError))
        problems.push(`a bad config must be a ConfigError, not ${String(error)}`);
    }
  }
  return problems;
}

async function behaviourProblems(type: StepType, cases: readonly StepCase[]): Promise<string[]> {
  if (cases.length === 0) return ['there must be a case'];
  const problems: string[] = [];
  for (const stepCase of cases) {
    const before = JSON.stringify(stepCase);
    const ofExplain = new Set<string>();
    const results = await runStepCase(watchingExplain(type, ofExplain), frozen(stepCase));
    const again = await runStepCase(type, frozen(stepCase));
    const backwards = await runStepCase(
      type,
      frozen({ ...stepCase, records: [...stepCase.records].reverse() }),
    );
    if (differ(results, again))
      problems.push(`${stepCase.title}: the same records again give something else`);
    if (differ(results, [...backwards].reverse()))
      problems.push(`${stepCase.title}: the order of records matters`);
    if (JSON.stringify(stepCase) !== before) problems.push(`${stepCase.title}: the input is changed`);
    problems.push(...results.flatMap((result) => codeProblems(type, result)));
    problems.push(...[...ofExplain].map((problem) => `${stepCase.title}: ${problem}`));
  }
  return problems;
}

function codeProblems({ errorCodes }: StepType, { title, actual, expected }: CaseResult): string[] {
  const { reject } = actual;
  if (!reject) return [];
  if (reject.code === 'step_crashed' && expected.reject?.code !== 'step_crashed')
    return [`${title}: crashes`];
  const isKnown = RUNNER_CODES.includes(reject.code) || Object.hasOwn(errorCodes, reject.code);
  return isKnown ? [] : [`${title}: the code "${reject.code}" is not among the errorCodes`];
}

function differ(a: readonly CaseResult[], b: readonly CaseResult[]): boolean {
  const text = (results: readonly CaseResult[]) => JSON.stringify(results.map(({ actual }) => actual));
  return text(a) !== text(b);
}

/** A copy whose inputs nobody can change: a step that tries to crashes. */
function frozen(stepCase: StepCase): StepCase {
  return {
    ...stepCase,
    records: stepCase.records.map((record) => ({
      ...record,
      input: freeze(copy(record.input)),
      fields: copy(record.fields),
    })),
  };
}

function copy<T>(value: T): T {
  if (value === null || typeof value !== 'object' || value instanceof ExactNumber) return value;
  if (Array.isArray(value)) return value.map(copy) as T;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)])) as T;
}

function freeze<T>(value: T): T {
  if (value === null || typeof value !== 'object') return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
