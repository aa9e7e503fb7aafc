import { LosslessNumber, parse, stringify } from 'lossless-json';

/**
 * JSON to values and back with every number's digits: what a double cannot hold, or would write
 * differently (`1250.0`), stays text inside. Of a repeated key the last value counts, as in JSON.parse.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return parse(text, undefined, {
    parseNumber: (digits) =>
      String(Number(digits)) === digits ? Number(digits) : new LosslessNumber(digits),
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

/** One line of JSON, or indented by `indent` spaces. */
export function toJson(value: unknown, indent?: number): string {
  return stringify(value, undefined, indent) ?? 'null';
}
