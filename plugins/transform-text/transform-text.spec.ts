import fc from 'fast-check';
import { ConfigError, PipelineRecord, RecordError, type UsageFields } from 'feedmill/pipeline';
import { createStep } from '../../libs/pipeline/testing/index.js';
import transformText from './index.js';

function run(operations: object[], before: UsageFields = {}, source: object = {}): UsageFields {
  const record = new PipelineRecord(0, 0, source as never, { ...before });
  createStep(transformText, { operations }).apply(record);
  return record.fields;
}

const textOf = (operation: object, text: unknown) => run([{ field: 'x', ...operation }], { x: text }).x;

function rejectionOf(operation: object, text?: unknown): string {
  try {
    textOf(operation, text);
  } catch (error) {
    expect(error).toBeInstanceOf(RecordError);
    return `${(error as RecordError).code}: ${(error as RecordError).message}`;
  }
  throw new Error('the record was accepted');
}

function problemsOf(operation: object): string[] {
  try {
    createStep(transformText, { operations: [{ field: 'x', ...operation }] });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems.map(({ pointer }) => pointer);
  }
  throw new Error('the config was accepted');
}

describe('transform-text', () => {
  it.each<[object, unknown, string]>([
    [{ case: 'upper' }, 'straße ÿ', 'STRASSE Ÿ'],
    [{ case: 'lower' }, 'İIΣ', 'i̇iς'],
    [{ trim: 'both' }, ' \u00a0a b\t', 'a b'],
    [{ trim: 'start' }, ' a ', 'a '],
    [{ trim: 'end' }, ' a ', ' a'],
    [{ trim: 'collapse' }, ' a \n\t b  c ', 'a b c'],
    [{ substitute: { text: '.', with: '$&' } }, 'a.b.c', 'a$&b$&c'],
    [{ substitute: { text: 'ab', with: '' } }, 'abcab', 'c'],
    [{ map: { values: { true: 'yes' } } }, true, 'yes'],
    [{ map: { values: { a: 'b' }, others: 'keep' } }, 'toString', 'toString'],
    [{ pad: { length: 4, with: '0' } }, 7, '0007'],
    [{ pad: { length: 3, with: '😀', side: 'end' } }, 'é', 'é😀😀'],
    [{ pad: { length: 2, with: '0' } }, '😀😀', '😀😀'],
    [{ replace: { pattern: '(\\d+)-(\\d+)', with: '$2/$1' } }, '1-2 3-4', '2/1 4/3'],
    [{ replace: { pattern: 'a', with: '$$', which: 'first', ignoreCase: true } }, 'Aa', '$a'],
    [{ replace: { pattern: '[^x]', with: '-' } }, 'x😀x', 'x-x'],
    [{ extract: { pattern: '\\d+' } }, 'ab12', '12'],
    [{ extract: { pattern: '(a)(b)', group: 2 } }, 'ab', 'b'],
    [{ extract: { pattern: '(a)(b)', group: 0 } }, 'ab', 'ab'],
    [{ extract: { pattern: '^(\\d+)@' } }, '12@x', '12'],
  ])('%j makes of %j %j', (operation, text, expected) => {
    expect(textOf(operation, text)).toBe(expected);
  });

  it('does one operation after the other, each seeing those before', () => {
    const operations = [
      { field: 'Called', trim: 'both' },
      { field: 'extensions.prefix', from: 'Called', extract: { pattern: '^\\+(\\d\\d)' } },
      { field: 'extensions.prefix', from: 'extensions.prefix', pad: { length: 4, with: '0' } },
    ];
    const source = { Called: ' +4420 ' };
    expect(run(operations, {}, source)).toEqual({ Called: '+4420', extensions: { prefix: '0044' } });
    expect(source.Called).toBe(' +4420 ');
  });

  it('refuses what is missing, and what nothing is left of, unless that is optional', () => {
    for (const text of [undefined, null, ' ']) {
      expect(rejectionOf({ case: 'upper' }, text)).toBe('missing_field: x: the record has no "x"');
      expect(textOf({ case: 'upper', optional: true }, text)).toBe(text);
    }
    const digits = { replace: { pattern: '\\D', with: '' } };
    expect(rejectionOf(digits, 'n/a')).toBe('missing_field: x: nothing is left of "n/a"');
    expect(textOf({ ...digits, optional: true }, 'n/a')).toBe('');
    const number = { extract: { pattern: '\\d+' } };
    expect(rejectionOf(number, 'n/a')).toBe('invalid_value: x: there is nothing to extract in "n/a"');
    expect(textOf({ ...number, optional: true }, 'n/a')).toBe('n/a');
    expect(rejectionOf({ extract: { pattern: 'a(b)?' } }, 'a')).toContain('nothing to extract');
  });

  it('takes texts of a bounded length, and no lists or objects', () => {
    expect(rejectionOf({ case: 'upper' }, ['a'])).toContain('is not a text');
    expect(rejectionOf({ case: 'upper' }, 'x'.repeat(4097))).toContain('longer than 4096 characters');
    expect(rejectionOf({ replace: { pattern: 'x', with: 'y'.repeat(200) } }, 'x'.repeat(100))).toContain(
      'longer',
    );
    expect(textOf({ replace: { pattern: '^(x+x+)+y$', with: '' } }, 'x'.repeat(4096))).toHaveLength(4096);
  });

  it('never cuts a surrogate pair', () => {
    const operations = fc.oneof(
      fc.record({
        pad: fc.record({ length: fc.integer({ min: 1, max: 20 }), with: fc.constantFrom('0', '😀') }),
      }),
      fc.record({
        substitute: fc.record({ text: fc.constantFrom('a', '😀'), with: fc.constantFrom('', 'é', '💶') }),
      }),
      fc.record({
        replace: fc.record({ pattern: fc.constantFrom('.', '[^a]', '\\W'), with: fc.constant('$&-') }),
      }),
      fc.record({ extract: fc.record({ pattern: fc.constantFrom('..$', '[^a]+', '\\W') }) }),
    );
    const texts = fc.string({ unit: fc.constantFrom('a', ' ', '😀', 'é', '💶'), minLength: 1 });
    fc.assert(
      fc.property(operations, texts, (operation, text) => {
        const result = textOf({ ...operation, optional: true }, text);
        expect(result).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });

  it.each<[object, string[]]>([
    [{}, ['/operations/0']],
    [{ case: 'upper', trim: 'both' }, ['/operations/0']],
    [{ field: 'value', trim: 'both' }, ['/operations/0/field']],
    [{ field: 'rating', trim: 'both' }, ['/operations/0/field']],
    [{ case: 'title' }, ['/operations/0/case']],
    [{ replace: { pattern: '(?=a)', with: '' } }, ['/operations/0/replace/pattern']],
    [{ replace: { pattern: 'a', with: '$`' } }, ['/operations/0/replace/with']],
    [{ extract: { pattern: 'a', group: 1 } }, ['/operations/0/extract/group']],
    [{ extract: { pattern: '(' } }, ['/operations/0/extract/pattern']],
    [{ substitute: { text: '', with: 'a' } }, ['/operations/0/substitute/text']],
    [{ substitute: { text: '\ud83d', with: 'a' } }, ['/operations/0/substitute/text']],
    [{ pad: { length: 0 } }, ['/operations/0/pad/length']],
    [{ pad: { length: 5, with: 'ab' } }, ['/operations/0/pad/with']],
    [{ map: { values: { 'a/b': 5 } } }, ['/operations/0/map/values/a~1b']],
    [{ map: { values: {}, other: 'keep' } }, ['/operations/0/map/other']],
  ])('refuses %j', (operation, pointers) => {
    expect(problemsOf(operation)).toEqual(pointers);
  });

  it('finds the problems of all operations, and says which fields it sets', () => {
    const bad = { field: 'x', extract: { pattern: '(' } };
    try {
      createStep(transformText, { operations: [bad, bad] });
      throw new Error('the config was accepted');
    } catch (error) {
      expect((error as ConfigError).problems).toHaveLength(2);
    }
    const operations = [{ field: 'a' }, { field: 'extensions.b' }, { field: 'a' }];
    expect(transformText.provides!({ operations } as never)).toEqual(['a', 'extensions']);
  });
});
