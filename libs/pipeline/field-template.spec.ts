import { ConfigError } from './errors.js';
import { fieldTemplate } from './field-template.js';
import { PipelineRecord } from './record.js';

const record = new PipelineRecord(
  0,
  0,
  { Region: 'eu' },
  { accountId: 'a', attributes: { package: 'gold' }, inbound: true, value: '1.50' },
);
const textOf = (template: string) => fieldTemplate(template, '').textOf(record);

describe('fieldTemplate', () => {
  it.each([
    ['retail', 'retail'],
    ['account-{accountId}', 'account-a'],
    ['{ Region }/{attributes.package}', 'eu/gold'],
    ['{inbound}', 'true'],
    ['{{{value}}}', '{1.50}'],
  ])('%s is %s', (template, text) => expect(textOf(template)).toBe(text));

  it('has no text where a field has no value, or one that is no text', () => {
    expect(textOf('account-{serviceId}')).toBeUndefined();
    expect(textOf('{attributes}')).toBeUndefined();
    const blank = new PipelineRecord(0, 0, {}, { serviceId: ' ' });
    expect(fieldTemplate('{serviceId}', '').textOf(blank)).toBeUndefined();
    expect(fieldTemplate('{serviceId}', '', (value) => value === undefined).textOf(blank)).toBe(' ');
  });

  it('names its fields', () => expect(fieldTemplate('{a}-{b.c}-{{d}}', '').fields).toEqual(['a', 'b.c']));

  it.each(['{a', 'a}', '{}', '{ }', 'a-{\t}', '{a{b}}'])('refuses %j at its pointer', (template) => {
    const compile = () => fieldTemplate(template, '/plan');
    expect(compile).toThrow(ConfigError);
    expect(compile).toThrow(/^\/plan: /);
  });
});
