import {
  ConfigError,
  RecordError,
  compileEach,
  extensionName,
  fieldReader,
  fieldSetter,
  isMissing,
  ok,
  updateView,
  usageFieldKind,
  type Expression,
  type FieldReader,
  type FieldSetter,
  type FieldKind,
  type Outcome,
  type PipelineRecord,
  type RecordView,
  type StepContext,
  type StepHost,
} from 'feedmill/pipeline';

/** A field of the config as it came. */
export interface FieldExpressionConfig {
  readonly field: string;
  readonly expression: string;
  readonly as?: FieldKind;
  readonly optional: boolean;
}

export interface CompiledField {
  readonly field: string;
  readonly expression: Expression;
  readonly isOptional: boolean;
  /** Null where the result is taken as it is. */
  readonly read: FieldReader | null;
  readonly set: FieldSetter;
}

/** @throws ConfigError with every problem of every field */
export function compileFields(fields: readonly FieldExpressionConfig[], host: StepHost): CompiledField[] {
  return compileEach(fields, (field, i) => compileField(field, `/fields/${i}`, host));
}

/** The names that the expressions read, all together; null where one may read any. */
export function namesOf(fields: readonly CompiledField[]): readonly string[] | null {
  const names = fields.map(({ expression }) => expression.names);
  return names.some((n) => n === null) ? null : [...new Set(names.flatMap((n) => n!))];
}

/** Runs the expressions from the one at `from` on a view of the record; synchronous as long as they are. */
export function normalize(
  fields: readonly CompiledField[],
  view: RecordView,
  record: PipelineRecord,
  context: StepContext,
  from = 0,
): Outcome | Promise<Outcome> {
  for (let i = from; i < fields.length; i++) {
    const field = fields[i]!;
    const result = field.expression.evaluateOn(view, record, context);
    if (result instanceof Promise) {
      return result.then((value) => {
        setField(field, value, record, context, view);
        return normalize(fields, view, record, context, i + 1);
      });
    }
    setField(field, result, record, context, view);
  }
  return ok();
}

function compileField(config: FieldExpressionConfig, pointer: string, host: StepHost): CompiledField {
  const { field, as } = config;
  const own = usageFieldKind(field);
  if (own !== undefined && as !== undefined && own !== as) {
    throw new ConfigError([
      { pointer: `${pointer}/as`, code: 'invalid_value', message: `"${field}" is always ${own}` },
    ]);
  }
  const kind = as ?? own;
  return {
    field,
    expression: host.expression(config.expression, `${pointer}/expression`),
    isOptional: config.optional,
    read: kind === undefined ? null : fieldReader(field, { as: kind, isComputed: true }, pointer),
    set: fieldSetter(field, `${pointer}/field`),
  };
}

function setField(
  { field, expression, isOptional, read, set }: CompiledField,
  value: unknown,
  record: PipelineRecord,
  { feed }: StepContext,
  view: RecordView,
): void {
  if (!isMissing(value)) {
    set(record, read ? read(value, feed) : value);
    updateView(view, record, extensionName(field) === null ? field : 'extensions');
  } else if (!isOptional) {
    throw new RecordError(
      'missing_field',
      `${field}: the expression ${quoted(expression.source)} gives nothing`,
      { field },
    );
  }
}

const SHOWN_CHARACTERS = 100;

function quoted(source: string): string {
  return source.length > SHOWN_CHARACTERS ? `${source.slice(0, SHOWN_CHARACTERS)}...` : source;
}
