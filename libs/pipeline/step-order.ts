import type { ConfigProblem } from './errors.js';
import type { RecordStepType } from './step.js';

/** A step as far as its place among the others is concerned; null where it has problems of its own. */
export interface PlacedStep {
  readonly name: string;
  readonly pointer: string;
  readonly type: RecordStepType | null;
  readonly config: object | null;
}

/** What every usage record must have in the end. */
const NEEDED = ['date', 'value'];

/**
 * Why an order of steps cannot work: a step needs a field that none before it sets, or none sets what
 * usage must have. Says nothing while a step has problems of its own: it might be the one.
 */
export function orderProblems(steps: readonly PlacedStep[]): ConfigProblem[] {
  if (steps.some(({ type, config }) => type === null || config === null)) return [];
  const provided = steps.map(({ type, config }) => type!.provides?.(config!) ?? []);
  const set = new Set<string>();
  const reported = new Set<string>();
  const problems = steps.flatMap((step, i) => {
    const missing = (step.type!.requires?.(step.config!) ?? []).filter((field) => !set.has(field));
    for (const field of provided[i]!) set.add(field);
    return missing.map((field) => {
      reported.add(field);
      return unmet(
        step,
        field,
        steps.find((_, j) => j >= i && provided[j]!.includes(field)),
      );
    });
  });
  const unset = NEEDED.filter((field) => !set.has(field) && !reported.has(field));
  return [...problems, ...unset.map(neverSet)];
}

function unmet(step: PlacedStep, field: string, later: PlacedStep | undefined): ConfigProblem {
  const hint = later && later !== step ? `; "${later.name}" sets it, but stands behind` : '';
  return {
    pointer: step.pointer,
    code: 'unmet_requirement',
    message: `${step.name} needs "${field}", which no step before it sets${hint}`,
  };
}

function neverSet(field: string): ConfigProblem {
  return {
    pointer: '/steps',
    code: 'unmet_requirement',
    message: `usage needs "${field}", which no step sets`,
  };
}
