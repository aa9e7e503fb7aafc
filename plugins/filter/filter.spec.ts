import { ConfigError, ExactNumber, PipelineRecord, RecordError, type UsageFields } from 'feedmill/pipeline';
import { createStep, stepContext } from '../../libs/pipeline/testing/index.js';
import filter from './index.js';

async function outcomeOf(config: object, fields: UsageFields, source: object = {}) {
  const step = createStep(filter, { reason: 'left_out', ...config });
  const outcome = await step.apply(new PipelineRecord(0, 0, source as never, fields), stepContext());
  return outcome.kind === 'skip' ? outcome.reason : outcome.kind;
}

const ZERO = { skipWhen: { field: 'value', equals: '0.00' } };

describe('filter', () => {
  it('skips by the value of decimals', async () => {
    expect(await outcomeOf(ZERO, { value: '0' })).toBe('left_out');
    expect(await outcomeOf(ZERO, { value: '0.1' })).toBe('ok');
    expect(await outcomeOf(ZERO, {})).toBe('ok');
    expect(await outcomeOf({ skipWhen: { field: 'Seconds', equals: 0 } }, {}, { Seconds: '0.0' })).toBe(
      'left_out',
    );
    expect(
      await outcomeOf({ skipWhen: { field: 'Seconds', equals: 0 } }, {}, { Seconds: new ExactNumber('0e9') }),
    ).toBe('left_out');
    expect(await outcomeOf({ skipWhen: { field: 'Seconds', equals: 0 } }, {}, { Seconds: 'none' })).toBe(
      'ok',
    );
  });

  it('compares texts exactly and booleans as booleans', async () => {
    const by = (equals: unknown) => ({ skipWhen: { field: 'usageIdentifier', equals } });
    expect(await outcomeOf(by('007'), { usageIdentifier: '7' })).toBe('ok');
    expect(await outcomeOf(by('007'), { usageIdentifier: '007' })).toBe('left_out');
    expect(await outcomeOf({ skipWhen: { field: 'inbound', equals: true } }, { inbound: true })).toBe(
      'left_out',
    );
    expect(await outcomeOf({ skipWhen: { field: 'inbound', equals: true } }, { inbound: false })).toBe('ok');
  });

  it('keeps what the condition names and skips all else', async () => {
    const config = { keepWhen: { field: 'Extensions.region', equals: 'eu' } };
    expect(await outcomeOf(config, {}, { Extensions: { region: 'eu' } })).toBe('ok');
    expect(await outcomeOf(config, {}, { Extensions: {} })).toBe('left_out');
  });

  it('takes JSONata conditions', async () => {
    expect(await outcomeOf({ skip: 'value < 0.3 and inbound' }, { value: '0.2', inbound: true })).toBe(
      'left_out',
    );
    expect(await outcomeOf({ skip: 'value < 0.3 and inbound' }, { value: '0.3', inbound: true })).toBe('ok');
    expect(await outcomeOf({ keep: 'usageClass in ["A", "B"]' }, { usageClass: 'C' })).toBe('left_out');
  });

  it('refuses a condition that is neither true nor false', async () => {
    await expect(outcomeOf({ skip: 'nothing' }, {})).rejects.toThrow(RecordError);
    await expect(outcomeOf({ skip: 'value' }, { value: '1' })).rejects.toMatchObject({
      code: 'expression_failed',
    });
  });

  it.each([
    [{ reason: 'r' }, 'exactly one of'],
    [{ reason: 'r', keep: 'true', skip: 'true' }, 'has keep and skip'],
    [{ reason: 'Not Snake', keep: 'true' }, 'snake_case'],
    [{ keep: 'true' }, 'reason'],
    [{ reason: 'r', keep: 'value >' }, '/keep'],
    [{ reason: 'r', skipWhen: { field: 'value', equals: 'none' } }, '/skipWhen/equals'],
    [{ reason: 'r', skipWhen: { field: 'a', equals: [1] } }, '/skipWhen/equals'],
    [{ reason: 'r', skipWhen: { field: 'a' } }, '/skipWhen/equals'],
  ])('refuses the config %j', (config, why) => {
    expect(() => createStep(filter, config)).toThrow(ConfigError);
    expect(() => createStep(filter, config)).toThrow(why);
  });
});
