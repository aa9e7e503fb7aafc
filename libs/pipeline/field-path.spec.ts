import { ConfigError } from './errors.js';
import { extensionName, fieldGetter, fieldSetter } from './field-path.js';
import { PipelineRecord } from './record.js';

const record = () =>
  new PipelineRecord(0, 0, {
    Value: 5,
    Extensions: { region: 'eu', 'a.b': 1 },
    'dotted.name': 'whole',
    list: [7],
  });

describe('fieldGetter', () => {
  it('reads names, paths, and names that have a dot', () => {
    expect(fieldGetter('Value')(record())).toBe(5);
    expect(fieldGetter('Extensions.region')(record())).toBe('eu');
    expect(fieldGetter('dotted.name')(record())).toBe('whole');
  });

  it('gives undefined where there is nothing, prototypes included', () => {
    for (const path of ['Nothing', 'Value.x', 'Extensions.none.x', 'Extensions.constructor', 'toString']) {
      expect(fieldGetter(path)(record())).toBeUndefined();
    }
  });

  it('prefers what a step has set', () => {
    const changed = record();
    changed.fields.Value = '6';
    expect(fieldGetter('Value')(changed)).toBe('6');
  });
});

describe('fieldSetter', () => {
  it('sets fields and extensions, and never the object another step put there', () => {
    const shared = { region: 'eu' };
    const changed = record();
    changed.fields.extensions = shared;
    fieldSetter('value', '')(changed, '1');
    fieldSetter('extensions.plan', '')(changed, 'growth');
    expect(changed.fields).toEqual({ value: '1', extensions: { region: 'eu', plan: 'growth' } });
    expect(shared).toEqual({ region: 'eu' });
    expect(extensionName('extensions.plan')).toBe('plan');
    expect(extensionName('value')).toBeNull();
  });

  it.each([
    ['extensions'],
    ['rating'],
    ['attributes'],
    ['a.b'],
    ['__proto__'],
    ['extensions.__proto__'],
    ['extensions.'],
    [''],
  ])('refuses "%s"', (target) => {
    expect(() => fieldSetter(target, '/field')).toThrow(ConfigError);
  });
});
