import { isTrackingId } from './ids.js';
import { toMoment } from './moment.js';
import { Problem, type ProblemDetail } from './problem.js';

/** One query parameter: how its text is read, and what the API's description says of it. */
export interface Parameter<T> {
  /** @throws ParameterRefused */
  read(text: string): T;
  readonly schema: object;
  readonly description: string;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;
export type ValuesOf<P extends Parameters> = {
  readonly [K in keyof P]?: P[K] extends Parameter<infer T> ? T : never;
};

/** Why a text is not what its parameter takes; continues a sentence that began with the name. */
class ParameterRefused extends Error {
  constructor(
    message: string,
    /** Of a text that stands in a query string. */
    readonly messageInUrl = message,
  ) {
    super(message);
  }
}

const MAX_TEXT = 1000;

/**
 * The values of a query string. A parameter that is unknown, repeated or not what it should be is
 * refused, all of them at once.
 * @throws Problem 400 `invalid_parameter`
 */
export function readQuery<P extends Parameters>(query: unknown, parameters: P): ValuesOf<P> {
  const errors: ProblemDetail[] = [];
  const texts = Object.entries((query ?? {}) as Record<string, unknown>);
  const refuse = (name: string, message: string, messageInUrl = message) => {
    const pointer = name.length > 100 ? `${name.slice(0, 100)}...` : name;
    errors.push({ pointer, code: 'invalid_parameter', message: messageInUrl });
  };
  const values = readTexts(texts, parameters, refuse, 'is given more than once.');
  const [first] = errors;
  if (!first) return values;
  throw new Problem(400, 'invalid_parameter', `Parameter ${first.pointer} ${first.message}`, { errors });
}

/**
 * The values of named texts, wherever they stand.
 * @param refuse hears of every text that its parameter does not take: the message continues a sentence that began with
 * the name
 * @param notText that message for what is no text at all
 */
export function readTexts<P extends Parameters>(
  texts: readonly (readonly [name: string, text: unknown])[],
  parameters: P,
  refuse: (name: string, message: string, messageInUrl?: string) => void,
  notText: string,
): ValuesOf<P> {
  const values: Record<string, unknown> = {};
  for (const [name, text] of texts) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!parameter) {
      refuse(name, `is not known here; known are ${Object.keys(parameters).join(', ') || 'none'}.`);
    } else if (typeof text !== 'string') {
      refuse(name, notText);
    } else {
      try {
        values[name] = parameter.read(text);
      } catch (error) {
        if (!(error instanceof ParameterRefused)) throw error;
        refuse(name, error.message, error.messageInUrl);
      }
    }
  }
  return values as ValuesOf<P>;
}

export function textParameter(description: string, maxBytes = MAX_TEXT): Parameter<string> {
  return {
    read(text) {
      if (text === '') throw new ParameterRefused('must not be empty.');
      if (text.includes('\0')) throw new ParameterRefused('has a NUL character.');
      if (Buffer.byteLength(text) > maxBytes) throw new ParameterRefused(`has more than ${maxBytes} bytes.`);
      return text;
    },
    schema: { type: 'string', minLength: 1, maxLength: maxBytes },
    description,
  };
}

export function oneOf<const T extends string>(values: readonly T[], description: string): Parameter<T> {
  return {
    read(text) {
      if (!values.includes(text as T)) throw new ParameterRefused(`must be one of ${values.join(', ')}.`);
      return text as T;
    },
    schema: { type: 'string', enum: values },
    description,
  };
}

/** Several of the values, with commas between them; none twice. */
export function severalOf<const T extends string>(
  values: readonly T[],
  description: string,
): Parameter<readonly T[]> {
  const { read } = oneOf(values, description);
  return {
    read(text) {
      const parts = text.split(',').map(read);
      const repeated = parts.find((part, n) => parts.indexOf(part) < n);
      if (repeated !== undefined) throw new ParameterRefused(`names ${repeated} twice.`);
      return parts;
    },
    schema: { type: 'string', example: values.slice(0, 2).join(',') },
    description: `${description} Several of ${values.join(', ')}, with commas between them.`,
  };
}

export function booleanParameter(description: string): Parameter<boolean> {
  const { read } = oneOf(['true', 'false'], description);
  return { read: (text) => read(text) === 'true', schema: { type: 'boolean' }, description };
}

export function integerParameter(min: number, max: number, description: string): Parameter<number> {
  return {
    read(text) {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      if (!(value >= min && value <= max)) {
        throw new ParameterRefused(`must be a whole number from ${min} to ${max}.`);
      }
      return value;
    },
    schema: { type: 'integer', minimum: min, maximum: max },
    description,
  };
}

/** RFC 3339 with an offset, or a date (midnight UTC). Read as RFC 3339 in UTC. */
export function momentParameter(description: string): Parameter<string> {
  return {
    read(text) {
      const moment = toMoment(text);
      if (typeof moment !== 'string') throw new ParameterRefused(moment.problem, moment.problemInUrl);
      return moment;
    },
    schema: { type: 'string', format: 'date-time' },
    description,
  };
}

export function trackingIdParameter(description: string): Parameter<string> {
  return {
    read(text) {
      if (!isTrackingId(text)) throw new ParameterRefused('must be a tracking id (a UUID).');
      return text.toLowerCase();
    },
    schema: { type: 'string', format: 'uuid' },
    description,
  };
}

/** A text of a fixed form. `problem` continues a sentence that began with the name. */
export function patternParameter(pattern: RegExp, problem: string, description: string): Parameter<string> {
  return {
    read(text) {
      if (!pattern.test(text)) throw new ParameterRefused(problem);
      return text;
    },
    schema: { type: 'string', pattern: pattern.source },
    description,
  };
}

/** A feed as paths name it, not looked up yet: its id or its API name. */
export function feedParameter(): Parameter<string> {
  return patternParameter(
    /^[A-Za-z0-9]{1,200}$/,
    'must be the id or API name of a feed.',
    'The feed: its id or API name.',
  );
}
