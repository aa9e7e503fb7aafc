import type { ShownPart, ShownStep, ShownTrace } from './show-trace.js';

/** What a step does with a field of a part, then and now: JSON texts; null where it does not set it. */
export interface StepDifference {
  readonly part: number;
  readonly field: string;
  readonly then: string | null;
  readonly now: string | null;
}

/** A step that does not do now what it did then, or looks at something else. */
export interface DifferingStep {
  readonly parts: readonly ShownPart[];
  readonly differences: readonly StepDifference[];
}

/** For each step of a profile what differs in two runs of it; null where nothing does. */
export function differingSteps(then: ShownTrace, now: ShownTrace): (DifferingStep | null)[] {
  return then.steps.map((step, n) => differing(step, now.steps[n]!));
}

export function hasSameOutcome(then: ShownTrace, now: ShownTrace): boolean {
  return JSON.stringify(then.outcome) === JSON.stringify(now.outcome);
}

function differing(then: ShownStep, now: ShownStep): DifferingStep | null {
  if (JSON.stringify(then.parts) === JSON.stringify(now.parts)) return null;
  const [old, present] = [setFields(then), setFields(now)];
  const places = new Map([...old, ...present].map(([place, { part, field }]) => [place, { part, field }]));
  const differences = [...places].flatMap(([place, { part, field }]) => {
    const [was, is] = [old.get(place)?.after ?? null, present.get(place)?.after ?? null];
    return was === is ? [] : [{ part, field, then: was, now: is }];
  });
  return { parts: now.parts, differences };
}

/** The fields that a step sets, by part and name. */
function setFields({ parts }: ShownStep) {
  return new Map(
    parts.flatMap(({ part, changes }) =>
      changes.map(({ field, after }) => [`${part} ${field}`, { part, field, after }] as const),
    ),
  );
}
