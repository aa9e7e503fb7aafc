import jsonata from 'jsonata';
import { ConfigError, RecordError, type ConfigProblem } from '../errors.js';
import { EVENT_FIELD, type PipelineRecord } from '../record.js';
import type { Expression, StepContext } from '../step.js';
import { boundedFunctions } from './bounded-functions.js';
import { DECIMAL_FUNCTIONS } from './decimal-functions.js';
import { EvaluationLimits, MAX_SOURCE_BYTES } from './limits.js';
import { RecentResults } from './recent-results.js';
import { toPlain } from './result.js';
import {
  expressionProblem,
  nodesOf,
  refusals,
  replaceOperators,
  replaceRegexes,
  type SyntaxFacts,
} from './syntax.js';
import { ACCEPTED_AT, FEED_ZONE, TIME_FUNCTIONS } from './time-functions.js';
import { unknownFunctions } from './unknown-functions.js';
import { CONTEXT_VARIABLES, unknownVariables } from './unknown-variables.js';
import { seen, toView, type RecordView } from './view.js';

/**
 * Compiles a JSONata expression that cannot harm the process or be inexact: see the README of this
 * folder for what differs from plain JSONata.
 * @param pointer place of the source in its config, for the error
 * @throws ConfigError with the position in the source
 */
export function compileExpression(source: string, pointer: string): Expression {
  const compiled = compile(source, pointer);
  if (Array.isArray(compiled)) throw new ConfigError(compiled);
  return new JsonataExpression(source, compiled);
}

interface Compiled {
  readonly jsonata: jsonata.Expression;
  readonly limits: EvaluationLimits;
  readonly facts: SyntaxFacts;
}

function compile(source: string, pointer: string): Compiled | ConfigProblem[] {
  if (typeof source !== 'string') return [expressionProblem(pointer, 'must be an expression text')];
  if (Buffer.byteLength(source) > MAX_SOURCE_BYTES) {
    return [expressionProblem(pointer, `is longer than ${MAX_SOURCE_BYTES} bytes`)];
  }
  const limits = new EvaluationLimits();
  let parsed: jsonata.Expression;
  try {
    parsed = jsonata(source, limits);
  } catch (error) {
    const { message, position } = error as Partial<jsonata.JsonataError>;
    return [expressionProblem(pointer, message ?? 'cannot be read', position)];
  }
  const nodes = nodesOf(parsed.ast());
  const problems = [
    ...refusals(nodes, pointer),
    ...unknownFunctions(nodes, pointer),
    ...unknownVariables(nodes, pointer),
    ...replaceRegexes(nodes, pointer),
  ];
  if (problems.length > 0) return problems;
  const facts = replaceOperators(nodes, source, limits);
  if (!facts.canMultiply) limits.sequence = undefined;
  for (const { name, implementation, signature } of [
    ...DECIMAL_FUNCTIONS,
    ...TIME_FUNCTIONS,
    ...boundedFunctions(limits),
  ]) {
    if (facts.variables.has(name) || name === 'clone') {
      parsed.registerFunction(name, implementation as () => unknown, signature);
    }
  }
  return { jsonata: parsed, limits, facts };
}

/** An expression evaluated by the JSONata library. */
class JsonataExpression implements Expression {
  private readonly bindsContext: boolean;
  /** The only thing that it reads; null where it reads more. */
  private readonly onlyName: string | null;
  private readonly recent = new RecentResults();

  constructor(
    readonly source: string,
    private compiled: Compiled,
  ) {
    const { variables, names } = compiled.facts;
    this.bindsContext = [...CONTEXT_VARIABLES, 'now', 'millis', 'toMillis', 'localTime'].some((v) =>
      variables.has(v),
    );
    this.onlyName = names?.length === 1 ? names[0]! : null;
  }

  get names(): readonly string[] | null {
    return this.compiled.facts.names;
  }

  evaluate(record: PipelineRecord, context: StepContext): unknown {
    return this.evaluateOn(toView(record, this.names), record, context);
  }

  evaluateOn(view: RecordView, record: PipelineRecord, context: StepContext): unknown {
    const read = this.onlyName === null ? undefined : view[this.onlyName];
    return this.recent.get(read) ?? this.workedOut(read, view, record, context);
  }

  private workedOut(
    read: unknown,
    view: RecordView,
    record: PipelineRecord,
    context: StepContext,
  ): Promise<unknown> {
    const { jsonata: expression, limits } = this.compiled;
    limits.restart();
    const bindings = this.bindsContext ? this.bindings(record, context) : undefined;
    return expression.evaluate(view, bindings).then(
      (value) => {
        const result = this.plain(value);
        this.recent.keep(read, result);
        return result;
      },
      (error: unknown) => {
        throw this.failed(error);
      },
    );
  }

  private plain(value: unknown): unknown {
    try {
      return toPlain(value);
    } catch (error) {
      throw this.failed(error);
    }
  }

  private bindings(record: PipelineRecord, { feed, acceptedAt }: StepContext): Record<string, unknown> {
    return {
      source: seen(record.source),
      event: seen(record.source[EVENT_FIELD]),
      feed: { name: feed.name, apiName: feed.apiName, parameters: seen(feed.parameters) },
      [ACCEPTED_AT]: acceptedAt,
      [FEED_ZONE]: feed.timeZone,
    };
  }

  /** Members that JSONata evaluates side by side may still be at work: they end, and the next evaluation has its own limits. */
  private failed(error: unknown): RecordError {
    if (this.compiled.facts.isParallel) {
      this.compiled.limits.exhaust();
      this.compiled = compile(this.source, '') as Compiled;
    }
    const { message, code, position, token } = error as Partial<jsonata.JsonataError>;
    return new RecordError(
      'expression_failed',
      `${message ?? 'evaluation failed'}, in ${shortened(this.source)}`,
      {
        details: {
          ...(typeof code === 'string' && { code }),
          ...(typeof position === 'number' && { position }),
          ...(typeof token === 'string' && { token }),
        },
      },
    );
  }
}

const SHOWN_CHARACTERS = 100;

function shortened(source: string): string {
  return source.length > SHOWN_CHARACTERS ? `${source.slice(0, SHOWN_CHARACTERS)}...` : source;
}
