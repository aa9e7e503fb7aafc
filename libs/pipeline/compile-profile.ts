import { pointerTo, readConfig } from './config-check.js';
import { didYouMean } from './did-you-mean.js';
import { ConfigError, type ConfigProblem } from './errors.js';
import { compileExpression } from './expression/index.js';
import { orderProblems } from './step-order.js';
import type {
  Decoder,
  DecodeStepType,
  Expression,
  RecordStepType,
  Stage,
  Step,
  StepHost,
  StepType,
} from './step.js';

const MAX_STEPS = 100;
const MAX_NAME_LENGTH = 100;
const DEFINITION_MEMBERS = ['decode', 'steps'];
const DECODE_MEMBERS = ['use', 'config'];
const STEP_MEMBERS = ['use', 'name', 'when', 'config'];
const USE = /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)@([1-9]\d{0,5})$/;

/** The step types that profiles may use, by `type@version`. */
export type StepTypes = ReadonlyMap<string, StepType>;

/** A step of a profile, ready to work. */
export interface CompiledStep {
  /** Unique in the profile. */
  readonly name: string;
  readonly stage: Stage;
  readonly step: Step;
  readonly when: Expression | null;
}

/** A profile version, ready to work. Knows nothing of feeds: what depends on one is in the context. */
export interface CompiledProfile {
  readonly decoder: Decoder;
  /** The decode step as exceptions name it: its type. */
  readonly decodeName: string;
  /** The feed format that the decode step reads. */
  readonly format: DecodeStepType['format'];
  /** The fields that it gives, where its config fixes them; null: any. */
  readonly decodedFields: readonly string[] | null;
  readonly steps: readonly CompiledStep[];
}

/** The parts of `type@version`, or null for any other text. */
export function parseUse(use: unknown): { readonly type: string; readonly version: number } | null {
  const match = typeof use === 'string' ? USE.exec(use) : null;
  return match && { type: match[1]!, version: Number(match[2]) };
}

/**
 * Compiles what a profile version holds, as it came.
 * @throws ConfigError with every problem, each at its place (`/steps/2/config/fields/0/as`)
 */
export function compileProfile(definition: unknown, types: StepTypes): CompiledProfile {
  const problems: ConfigProblem[] = [];
  const report = (...found: ConfigProblem[]) => problems.push(...found);
  const { decode, steps } = members(definition, '', DEFINITION_MEMBERS, report);
  const decoded = compileDecode(decode, types, report);
  const compiled = compileSteps(steps, types, report);
  report(...orderProblems(compiled));
  if (problems.length > 0 || !decoded) throw new ConfigError(problems);
  return {
    ...decoded,
    steps: compiled.map(({ name, type, step, when }) => ({ name, stage: type!.stage, step: step!, when })),
  };
}

type Report = (...problems: ConfigProblem[]) => void;

/** A step on its way; what has a problem is null. */
interface StepDraft {
  readonly name: string;
  readonly pointer: string;
  readonly type: RecordStepType | null;
  readonly config: object | null;
  readonly step: Step | null;
  readonly when: Expression | null;
}

function compileDecode(
  given: unknown,
  types: StepTypes,
  report: Report,
): Omit<CompiledProfile, 'steps'> | null {
  const { use, config } = members(given, '/decode', DECODE_MEMBERS, report);
  const type = typeOf(use, '/decode/use', types, true, report) as DecodeStepType | null;
  if (!type) return null;
  const made = create<Decoder>(type, config, '/decode/config', report);
  if (!made) return null;
  const decodedFields = collecting(report, () => type.fields?.(made.config) ?? null);
  return { decoder: made.made, decodeName: type.type, format: type.format, decodedFields };
}

function compileSteps(given: unknown, types: StepTypes, report: Report): StepDraft[] {
  if (!Array.isArray(given) || given.length > MAX_STEPS) {
    report({
      pointer: '/steps',
      code: 'invalid_value',
      message: `must be a list of at most ${MAX_STEPS} steps`,
    });
    return [];
  }
  const steps = given.map((step: unknown, i) => members(step, `/steps/${i}`, STEP_MEMBERS, report));
  const names = namesOf(steps, report);
  return steps.map(({ use, when, config }, i) => {
    const pointer = `/steps/${i}`;
    const type = typeOf(use, `${pointer}/use`, types, false, report) as RecordStepType | null;
    const made = type && create<Step>(type, config, `${pointer}/config`, report);
    return {
      name: names[i]!,
      pointer,
      type,
      config: made?.config ?? null,
      step: made?.made ?? null,
      when: compileWhen(when, `${pointer}/when`, report),
    };
  });
}

/** The names that steps were given, and for the others their types, made unique by `-2`, `-3`. */
function namesOf(steps: readonly Record<string, unknown>[], report: Report): string[] {
  const taken = new Set<string>();
  steps.forEach(({ name }, i) => {
    if (name === undefined) return;
    const pointer = `/steps/${i}/name`;
    if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME_LENGTH) {
      report({
        pointer,
        code: 'invalid_value',
        message: `must be a text of 1 to ${MAX_NAME_LENGTH} characters`,
      });
    } else if (taken.has(name)) {
      report({ pointer, code: 'duplicate_name', message: `"${name}" names another step already` });
    } else {
      taken.add(name);
    }
  });
  return steps.map(({ name, use }) => {
    if (name !== undefined) return String(name);
    const type = parseUse(use)?.type ?? 'step';
    let unique = type;
    for (let n = 2; taken.has(unique); n++) unique = `${type}-${n}`;
    taken.add(unique);
    return unique;
  });
}

function typeOf(
  use: unknown,
  pointer: string,
  types: StepTypes,
  isDecode: boolean,
  report: Report,
): StepType | null {
  const refuse = (message: string) => {
    report({ pointer, code: 'unknown_step_type', message });
    return null;
  };
  const parsed = parseUse(use);
  if (!parsed) return refuse('must name a step type and its version, such as map-fields@1');
  const found = types.get(use as string);
  if (!found) return refuse(whyUnknown(parsed, types));
  if ((found.stage === 'decode') === isDecode) return found;
  return refuse(
    isDecode
      ? `"${String(use)}" is not a decode step`
      : `"${String(use)}" is a decode step; it belongs at /decode`,
  );
}

function whyUnknown({ type, version }: { type: string; version: number }, types: StepTypes): string {
  const known = [...types.values()];
  const versions = known.filter((t) => t.type === type).map((t) => t.version);
  if (versions.length > 0) return `"${type}" has no version ${version}; there is ${versions.join(', ')}`;
  return `there is no step type "${type}"${didYouMean(type, [...new Set(known.map((t) => t.type))])}`;
}

function compileWhen(when: unknown, pointer: string, report: Report): Expression | null {
  if (when === undefined) return null;
  return collecting(report, () => compileExpression(when as string, pointer));
}

function create<Made>(
  type: StepType,
  given: unknown,
  pointer: string,
  report: Report,
): { readonly made: Made; readonly config: object } | null {
  const plain = given === undefined ? {} : given;
  const { config, problems } = readConfig(type.config, plain, pointer);
  report(...problems);
  // Without the members that are not known the step can be tried, and says what else is wrong with it.
  if (config === null || problems.some(({ code }) => code !== 'unknown_key')) return null;
  const host: StepHost = { expression: compileExpression };
  const reportBelow: Report = (...found) =>
    report(...found.map((problem) => ({ ...problem, pointer: pointer + problem.pointer })));
  const made = collecting(reportBelow, () => type.create(config, host) as Made);
  return made && problems.length === 0 ? { made, config } : null;
}

/** Runs code that may throw: a ConfigError's problems are reported, anything else as one problem. */
function collecting<T>(report: Report, run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof ConfigError) report(...error.problems);
    else {
      const message = error instanceof Error ? error.message : String(error);
      report({ pointer: '', code: 'step_failed', message: `the step cannot be made: ${message}` });
    }
    return null;
  }
}

/** The members of an object as it came; reports what is no object, and members that are not known. */
function members(
  given: unknown,
  pointer: string,
  known: readonly string[],
  report: Report,
): Record<string, unknown> {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    report({ pointer, code: 'invalid_value', message: 'must be an object' });
    return {};
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const message = `"${name}" is not known here${didYouMean(name, known)}`;
    report({ pointer: pointerTo(pointer, name), code: 'unknown_key', message });
  }
  return { ...given };
}
