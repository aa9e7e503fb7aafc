import {
  add,
  ConfigError,
  ExactNumber,
  PipelineRecord,
  RecordError,
  type FeedContext,
  type UsageFields,
} from 'feedmill/pipeline';
import { createStep, stepContext } from '../../libs/pipeline/testing/index.js';
import split from './index.js';

const DAY = { date: '2026-10-26T00:00:00Z', value: '10' };

/** The parts' fields, the reason of a skip, or the rejection. */
function run(config: object, fields: UsageFields, source: object = {}, feed: Partial<FeedContext> = {}) {
  const record = new PipelineRecord(3, 0, source as never, { ...fields });
  try {
    const outcome = createStep(split, config).apply(record, stepContext({ feed }));
    if (outcome.kind === 'skip') return outcome.reason;
    if (outcome.kind !== 'ok') throw new Error(outcome.message);
    const parts = outcome.records ?? [record];
    expect(parts.map(({ index, part }) => [index, part])).toEqual(parts.map((_, i) => [3, i]));
    return parts.map((part) => part.fields);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const by = (interval: object, more: object = {}) => ({
  interval: { every: 'P1D', duration: 'seconds', ...interval },
  ...more,
});
const lines = (elements: object = {}, more: object = {}) => ({
  elements: { from: 'lines', ...elements },
  ...more,
});

describe('split by interval', () => {
  it('gives each part its date and its share', () => {
    const call = { date: '2026-10-26T22:59:30Z', value: '61' };
    const config = { interval: { every: 'P1D', duration: 'value' } };
    expect(run(config, call, {}, { timeZone: 'Europe/Berlin' })).toEqual([
      { date: '2026-10-26T22:59:30Z', value: '30' },
      { date: '2026-10-26T23:00:00Z', value: '31' },
    ]);
    expect(run(config, { ...call, timeZone: 'UTC' }, {}, { timeZone: 'Europe/Berlin' })).toHaveLength(1);
  });

  it('takes an end, durations to the microsecond, and other fields to share', () => {
    const until = {
      interval: { every: 'PT1H', until: 'end' },
      share: ['value', 'extensions.cost'],
      scale: 2,
    };
    const fields = { ...DAY, extensions: { cost: new ExactNumber('1e1'), kept: true } };
    expect(run(until, fields, { end: '2026-10-26T04:00' }, { timeZone: 'Europe/Berlin' })).toEqual([
      { date: '2026-10-26T00:00:00Z', value: '3.34', extensions: { cost: '3.34', kept: true } },
      { date: '2026-10-26T01:00:00Z', value: '3.33', extensions: { cost: '3.33', kept: true } },
      { date: '2026-10-26T02:00:00Z', value: '3.33', extensions: { cost: '3.33', kept: true } },
    ]);
    const seconds = by({ every: 'PT1H', secondsTo: 'extensions.seconds' });
    const start = { ...DAY, date: '2026-10-26T00:59:59.999999Z' };
    expect(run(seconds, start, { seconds: '0.000002' })).toEqual([
      { date: '2026-10-26T00:59:59.999999Z', value: '5', extensions: { seconds: '0.000001' } },
      { date: '2026-10-26T01:00:00Z', value: '5', extensions: { seconds: '0.000001' } },
    ]);
  });

  it('leaves the record as it is where it lasts no time, or no longer than to a boundary', () => {
    expect(run(by({ secondsTo: 's' }), DAY, { seconds: 0 })).toEqual([{ ...DAY, s: '0' }]);
    expect(run(by({}), DAY, { seconds: 86_400 })).toEqual([DAY]);
    expect(run(by({}), { ...DAY, value: '-1' }, { seconds: 172_800 })).toMatchObject([
      { value: '-0.5' },
      { value: '-0.5' },
    ]);
  });

  it.each<[object, UsageFields, object, string]>([
    [by({}), {}, { seconds: 1 }, 'missing_field: date'],
    [by({}), DAY, {}, 'missing_field: seconds'],
    [by({}), { date: DAY.date }, { seconds: 100_000 }, 'missing_field: value'],
    [by({}), DAY, { seconds: -1 }, 'invalid_value: seconds: -1 lies before the date'],
    [by({}), DAY, { seconds: '0.0000001' }, 'invalid_value: seconds: 0.0000001 seconds are finer'],
    [by({}), DAY, { seconds: '1e30' }, 'invalid_value: seconds: "1e30" lasts beyond the year 2100'],
    [by({}), DAY, { seconds: 'long' }, 'invalid_value: seconds'],
    [by({}), { ...DAY, timeZone: 'Mars' }, { seconds: 1 }, 'invalid_value: timeZone'],
    [
      by({ every: 'PT1M' }),
      DAY,
      { seconds: 60_001 },
      'invalid_value: date: the usage touches more than 1000',
    ],
    [by({}), { ...DAY, value: '9'.repeat(38) }, { seconds: 100_000 }, 'invalid_value: value: a share of'],
    [{ interval: { every: 'P1D', until: 'end' } }, DAY, { end: '2026-10-25T23:59:59Z' }, 'lies before'],
    [{ interval: { every: 'P1D', until: 'end' } }, DAY, { end: 'now' }, 'invalid_value: end'],
  ])('refuses %j with %j and %j', (config, fields, source, why) => {
    expect(run(config, fields, source)).toContain(why);
  });

  it('makes a thousand parts of what touches a thousand intervals', () => {
    const parts = run(by({ every: 'PT1M' }, { scale: 0 }), DAY, { seconds: 60_000 }) as UsageFields[];
    expect(parts).toHaveLength(1000);
    expect(parts.map(({ value }) => value!).reduce(add)).toBe('10');
  });
});

describe('split by element', () => {
  const people = [
    { id: 'a', seats: '0.5' },
    { id: 'b', seats: 0 },
    { id: 'c', seats: 1 },
  ];
  const ids = [{ field: 'originatingIdentifier', from: 'id' }];

  it('shares equally or by a weight', () => {
    const valuesOf = (config: object) =>
      (run(config, DAY, { lines: people }) as UsageFields[]).map((f) => [f.originatingIdentifier, f.value]);
    const share = { share: ['value'], scale: 2 };
    expect(valuesOf(lines({ fields: ids }, share))).toEqual([
      ['a', '3.34'],
      ['b', '3.33'],
      ['c', '3.33'],
    ]);
    expect(valuesOf(lines({ fields: ids, weight: 'seats' }, share))).toEqual([
      ['a', '3.33'],
      ['b', '0'],
      ['c', '6.67'],
    ]);
  });

  it('takes values and whole elements, each as what its field is', () => {
    const fields = [
      { field: 'value', from: 'q' },
      { field: 'inbound', from: 'in', optional: true },
      { field: 'count', from: 'n', as: 'integer', optional: true },
      { field: 'line' },
    ];
    const list = [
      { q: '1e3', in: 'yes' },
      { q: 0.5, n: '7' },
    ];
    expect(run(lines({ fields }), { ...DAY, inbound: false }, { lines: list })).toEqual([
      { ...DAY, value: '1000', inbound: true, line: list[0] },
      { ...DAY, value: '0.5', inbound: false, count: 7, line: list[1] },
    ]);
    expect(run(lines({ fields: [{ field: 'usageClass' }] }), {}, { lines: ['a', 5] })).toEqual([
      { usageClass: 'a' },
      { usageClass: '5' },
    ]);
  });

  it('says what becomes of an empty list', () => {
    expect(run(lines(), DAY, { lines: [] })).toBe('invalid_value: lines: the list is empty');
    expect(run(lines({ empty: 'skip' }), DAY, { lines: [] })).toBe('no_elements');
    expect(run(lines({ empty: 'keep' }), DAY, { lines: [] })).toEqual([DAY]);
  });

  it('lets no part count the value of the whole again', () => {
    const fields = [{ field: 'value', from: 'q', optional: true }];
    const twice = 'invalid_value: value: is neither shared nor set for every part';
    expect(run(lines({ fields }), DAY, { lines: [{ q: 1 }, {}] })).toMatch(twice);
    expect(run(lines({ fields }), DAY, { lines: [{}] })).toHaveLength(1);
    const overMidnight = { date: '2026-10-14T23:00:00Z', value: '10', seconds: '7200' };
    const daily = { interval: { every: 'P1D', duration: 'seconds' } };
    expect(run({ ...daily, share: [] }, overMidnight)).toMatch(twice);
    expect(
      run({ interval: { ...daily.interval, secondsTo: 'value' }, share: [] }, overMidnight),
    ).toMatchObject([{ value: '3600' }, { value: '3600' }]);
    expect(() => createStep(split, { interval: { ...daily.interval, secondsTo: 'date' } })).toThrow(
      'a timestamp',
    );
  });

  it.each<[object, object, string]>([
    [lines(), { lines: null }, 'missing_field: lines'],
    [lines(), { lines: { 0: 'a' } }, 'invalid_value: lines: an object is not a list'],
    [lines(), { lines: Array(1001).fill(1) }, 'invalid_value: lines: has 1001 elements'],
    [
      lines({ fields: ids }),
      { lines: people },
      'invalid_value: value: is neither shared nor set for every part',
    ],
    [
      lines({ fields: [{ field: 'value', from: 'q' }] }),
      { lines: [{ q: 1 }, 5] },
      'missing_field: lines[1]: value',
    ],
    [lines({ fields: [{ field: 'value' }] }), { lines: ['x'] }, 'invalid_value: lines[0]: value: "x"'],
    [lines({ weight: 'w' }, { share: ['value'] }), { lines: [{ w: -1 }] }, 'lines[0]: w: -1 is negative'],
    [
      lines({ weight: 'w' }, { share: ['value'] }),
      { lines: [{ w: 0 }] },
      'invalid_value: lines.w: all weights',
    ],
    [lines({ weight: 'w' }, { share: ['value'] }), { lines: [{}] }, 'missing_field: lines[0]: w'],
    [lines({}, { share: ['extensions.x'] }), { lines: [1] }, 'missing_field: extensions.x'],
  ])('refuses %j with %j', (config, source, why) => {
    expect(run(config, DAY, source)).toContain(why);
  });
});

describe('the config of split', () => {
  it.each([
    [{}, '/'],
    [{ ...by({}), ...lines() }, '/'],
    [by({ every: 'PT7M' }), '/interval/every'],
    [by({ until: 'end' }), '/interval'],
    [{ interval: { every: 'P1D' } }, '/interval'],
    [by({ secondsTo: 'rating' }), '/interval/secondsTo'],
    [by({}, { share: ['value', 'inbound'] }), '/share/1'],
    [by({}, { scale: 19 }), '/scale'],
    [lines({ weight: 'w' }), '/elements/weight'],
    [lines({ fields: [{ field: 'value' }] }, { share: ['value'] }), '/elements/fields/0/field'],
    [lines({ fields: [{ field: 'value', as: 'text' }] }), '/elements/fields/0/as'],
    [lines({ fields: [{ field: 'a.b' }] }), '/elements/fields/0/field'],
  ])('%j is refused', (config, where) => {
    expect(() => createStep(split, config)).toThrow(ConfigError);
    expect(() => createStep(split, config)).toThrow(`${where}: `);
  });

  it('says what it requires and provides', () => {
    const config = by({ secondsTo: 'extensions.s' }) as never;
    expect(split.requires!(config)).toEqual(['date', 'value']);
    expect(split.provides!(config)).toEqual(['value', 'date', 'extensions']);
    const list = lines({ fields: [{ field: 'usageClass' }] }) as never;
    expect([split.requires!(list), split.provides!(list)]).toEqual([[], ['usageClass']]);
  });
});
