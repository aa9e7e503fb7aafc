import { ConfigError, ExactNumber, RecordError } from 'feedmill/pipeline';
import { createStep } from '../../libs/pipeline/testing/index.js';
import decodeJson from './index.js';

const decode = (raw: unknown, config: object = {}) =>
  createStep(decodeJson, config).decode(raw as object as never);
const nested = (depth: number): object => (depth === 1 ? {} : { inner: nested(depth - 1) });
const wide = (members: number) => Object.fromEntries(Array.from({ length: members }, (_, i) => [`m${i}`, i]));

function codeOf(raw: unknown, config?: object): string {
  try {
    decode(raw, config);
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(RecordError);
    return (error as RecordError).code;
  }
}

describe('decode-json', () => {
  it('takes the members as they are', () => {
    const raw = { Value: new ExactNumber('9007199254740993'), Extensions: { list: [1, null, true] } };
    expect(decode(raw)).toEqual(raw);
    expect(decode({})).toEqual({});
  });

  it.each([[null], [5], ['{"a":1}'], [[{ a: 1 }]], [new ExactNumber('1e400')], [true]])(
    'refuses %j',
    (raw) => {
      expect(codeOf(raw)).toBe('malformed_row');
    },
  );

  it('bounds members and depth', () => {
    expect(codeOf(wide(1000))).toBe('accepted');
    expect(codeOf(wide(1001))).toBe('malformed_row');
    expect(codeOf({ ...wide(500), inner: [wide(500)] })).toBe('malformed_row');
    expect(codeOf(nested(32))).toBe('accepted');
    expect(codeOf(nested(33))).toBe('malformed_row');
    expect(codeOf(JSON.parse(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`))).toBe('malformed_row');
  });

  it('refuses members that would reach a prototype', () => {
    expect(codeOf(JSON.parse('{"a":{"__proto__":{"x":1}}}'))).toBe('malformed_row');
    expect(codeOf({ constructor: { prototype: 1 } })).toBe('accepted');
  });

  it('requires members that are neither null nor blank', () => {
    const config = { required: ['Date', 'Value'] };
    expect(codeOf({ Date: 'x', Value: 0 }, config)).toBe('accepted');
    for (const raw of [{ Date: 'x' }, { Date: 'x', Value: null }, { Date: ' ', Value: 1 }]) {
      expect(codeOf(raw, config)).toBe('missing_field');
    }
    expect(codeOf({}, { required: ['toString'] })).toBe('missing_field');
    expect(() => createStep(decodeJson, { required: [1] })).toThrow(ConfigError);
  });
});
