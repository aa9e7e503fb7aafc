import { decimalProblem, didYouMean, isTimeZone, pointerTo, toDecimal, toInstant } from 'feedmill/pipeline';
import { type ProblemDetail, isStorableText } from '../common/index.js';

const MAX_ATTRIBUTES = 50;
const MAX_ATTRIBUTE_BYTES = 1000;

/** Reads the members of one row of reference data; what is wrong is noted with the row's place, and reading goes on. */
export class RowReader {
  constructor(
    private readonly row: Readonly<Record<string, unknown>>,
    private readonly pointer: string,
    private readonly problems: ProblemDetail[],
    /** Zone of bare dates and of times without an offset. */
    private readonly timeZone: string,
  ) {}

  /** Notes members that have no meaning. */
  refuseOthers(known: readonly string[]): void {
    for (const name of Object.keys(this.row)) {
      if (known.includes(name)) continue;
      this.refuse(name, 'unknown_key', `"${name.slice(0, 100)}" is not known here${didYouMean(name, known)}`);
    }
  }

  text(name: string, maxBytes: number): string {
    const value = this.row[name];
    if (value === undefined || value === null || value === '')
      this.refuse(name, 'required', `${name} is required`);
    return this.optionalText(name, maxBytes) ?? '';
  }

  optionalText(name: string, maxBytes: number): string | null {
    const value = this.row[name] ?? null;
    if (value === null || value === '') return null;
    if (typeof value !== 'string') this.refuse(name, 'invalid_value', `${name} must be a text (in quotes)`);
    else if (!isStorableText(value))
      this.refuse(name, 'invalid_value', `${name} has a NUL or an invalid character`);
    else if (Buffer.byteLength(value) > maxBytes) {
      this.refuse(name, 'invalid_value', `${name} has more than ${maxBytes} bytes`);
    } else return value;
    return null;
  }

  /** Texts by name, in the order of their names. */
  texts(name: string): Record<string, string> {
    const value = this.row[name] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.refuse(name, 'invalid_value', `${name} must be an object of texts`);
      return {};
    }
    const members = Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
    if (members.length > MAX_ATTRIBUTES)
      this.refuse(name, 'invalid_value', `${name} has more than ${MAX_ATTRIBUTES} members`);
    for (const [member, text] of members) {
      if (member === '__proto__' || !isShortText(member) || !isShortText(text)) {
        const message = `must be a text of 1 to ${MAX_ATTRIBUTE_BYTES} bytes (in quotes)`;
        this.refuse(`${name}/${member.slice(0, 100)}`, 'invalid_value', message);
      }
    }
    return Object.fromEntries(members) as Record<string, string>;
  }

  /** Reads a member that is an object; null where the row does not have it. */
  object(name: string): RowReader | null {
    const value = this.row[name] ?? null;
    if (value === null) return null;
    if (typeof value === 'object' && !Array.isArray(value)) {
      const members = value as Readonly<Record<string, unknown>>;
      return new RowReader(members, pointerTo(this.pointer, name), this.problems, this.timeZone);
    }
    this.refuse(name, 'invalid_value', `${name} must be an object`);
    return null;
  }

  /** Microseconds since 1970; `open` where the row does not say. */
  moment(name: string, open: number): number {
    const value = this.row[name] ?? null;
    if (value === null || value === '') return open;
    const instant = toInstant(value, { timeZone: this.timeZone, dstOverlap: 'earlier', dstGap: 'shift' });
    if ('micros' in instant) return instant.micros;
    this.refuse(name, 'invalid_value', `${name}: ${instant.problem}; leave it out where validity is open`);
    return open;
  }

  /** `validFrom` (inclusive) and `validTo` (exclusive). */
  validity(): { readonly validFrom: number; readonly validTo: number } {
    const validFrom = this.moment('validFrom', -Infinity);
    const validTo = this.moment('validTo', Infinity);
    if (validFrom >= validTo) this.refuse('validTo', 'invalid_value', 'validTo must be after validFrom');
    return { validFrom, validTo };
  }

  decimal(name: string): string {
    const value = this.row[name];
    if (value === undefined || value === null || value === '')
      this.refuse(name, 'required', `${name} is required`);
    return this.optionalDecimal(name) ?? '0';
  }

  /** Canonical text of a decimal. JSON numbers are refused: money never goes through a double. */
  optionalDecimal(name: string, min: 'any' | 'zero' | 'positive' = 'any'): string | null {
    const value = this.row[name] ?? null;
    if (value === null || value === '') return null;
    const text = typeof value === 'string' ? toDecimal(value) : null;
    if (text === null) {
      this.refuse(name, 'invalid_value', decimalMessage(name, value));
    } else if ((min !== 'any' && text.startsWith('-')) || (min === 'positive' && text === '0')) {
      this.refuse(
        name,
        'invalid_value',
        `${name} must ${min === 'zero' ? 'not be negative' : 'be more than zero'}`,
      );
    } else return text;
    return null;
  }

  oneOf<T extends string>(name: string, values: readonly T[], fallback: T): T {
    const value = this.row[name] ?? null;
    if (value === null || value === '') return fallback;
    const found = values.find((v) => v === value);
    if (!found) this.refuse(name, 'invalid_value', `${name} must be one of ${values.join(', ')}`);
    return found ?? fallback;
  }

  /** A small whole number; digits in a CSV cell. */
  optionalInteger(name: string, min: number, max: number): number | null {
    const value = this.row[name] ?? null;
    if (value === null || value === '') return null;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max)
      return number;
    this.refuse(name, 'invalid_value', `${name} must be a whole number from ${min} to ${max}`);
    return null;
  }

  private refuse(name: string, code: string, message: string): void {
    const place = name.split('/').reduce((pointer, part) => pointerTo(pointer, part), this.pointer);
    this.problems.push({ pointer: place, code, message });
  }
}

/** The zone of bare dates, UTC unless said. */
export function readTimeZone(written: unknown, problems: ProblemDetail[]): string {
  if (written === undefined || written === null) return 'UTC';
  if (isTimeZone(written)) return written;
  const message = 'timeZone must be a zone of the IANA database, e.g. Europe/Berlin';
  problems.push({ pointer: '/timeZone', code: 'invalid_value', message });
  return 'UTC';
}

function isShortText(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value !== '' &&
    isStorableText(value) &&
    Buffer.byteLength(value) <= MAX_ATTRIBUTE_BYTES
  );
}

function decimalMessage(name: string, value: unknown): string {
  if (typeof value === 'number') return `${name} must be a decimal in quotes, e.g. "0.0004"`;
  if (decimalProblem(value) === 'too_many_decimals')
    return `${name} has more than 18 digits behind the point`;
  if (decimalProblem(value) === 'too_many_digits') return `${name} has more than 38 digits`;
  return `${name} must be a decimal, e.g. "0.0004"`;
}
