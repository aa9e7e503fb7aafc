import { ConfigError, ExactNumber, PipelineRecord, type Step, type UsageFields } from 'feedmill/pipeline';
import { createStep, stepContext, type TestTable } from '../../libs/pipeline/testing/index.js';
import lookup from './index.js';
import type { Prepared } from './lookup.js';

const PREFIXES: TestTable = {
  name: 'destinations',
  key: ['prefix'],
  rows: [
    { prefix: '+44', destination: 'UK Fixed', zone: '2', isMobile: 'no' },
    {
      prefix: '+447',
      destination: 'UK Mobile',
      zone: '2.50',
      isMobile: 'yes',
      validTo: '2026-11-01T00:00:00Z',
    },
  ],
};
const BY_PREFIX = { from: 'called', by: 'longestPrefix', column: 'prefix' };
const SET = [{ field: 'usageClass', column: 'destination' }];
const DATE = '2026-10-01T00:00:00Z';

/** A step with its table, as a function of a record. */
async function lookingUp(config: object, table: TestTable) {
  const context = stepContext({ reference: { tables: [table] } });
  const whole = { table: table.name, match: [BY_PREFIX], set: SET, ...config };
  const step = createStep(lookup, whole) as Step<Prepared>;
  const prepared = await step.prepare!([], context);
  return async (source: object, fields: UsageFields) => {
    const record = new PipelineRecord(0, 0, source as never, { ...fields });
    return { outcome: await step.apply(record, context, prepared), fields: record.fields };
  };
}

interface More {
  readonly config?: object;
  readonly table?: TestTable;
  readonly fields?: UsageFields;
}

async function look(source: object, { config = {}, table = PREFIXES, fields = { date: DATE } }: More = {}) {
  return (await lookingUp(config, table))(source, fields);
}

const classOf = async (source: object, more: More = {}) => (await look(source, more)).fields.usageClass;

function problemsOf(config: object): string[] {
  try {
    createStep(lookup, { table: 't', match: [BY_PREFIX], set: SET, ...config });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems.map(({ pointer, message }) => `${pointer} ${message}`);
  }
  return [];
}

describe('lookup', () => {
  it('takes a shorter prefix once the longer one is not valid any more', async () => {
    const called = { called: '+447700900123' };
    expect(await classOf(called, { fields: { date: '2026-10-31T23:59:59.999999Z' } })).toBe('UK Mobile');
    expect(await classOf(called, { fields: { date: '2026-11-01T00:00:00Z' } })).toBe('UK Fixed');
  });

  it('reads numbers by value, however they were sent', async () => {
    const table: TestTable = { name: 't', key: ['code'], rows: [{ code: '1250', destination: 'a' }] };
    const config = { match: [{ from: 'code', column: 'code' }] };
    for (const code of [1250, '1250', new ExactNumber('1.25e3')])
      expect(await classOf({ code }, { table, config, fields: {} })).toBe('a');
    expect((await look({ code: '1250.0' }, { table, config })).outcome).toMatchObject({
      code: 'lookup_not_found',
    });
    await expect(look({ code: { a: 1 } }, { table, config })).rejects.toMatchObject({
      code: 'invalid_value',
    });
  });

  it('reads cells as what their fields are', async () => {
    const set = [
      { field: 'value', column: 'zone' },
      { field: 'inbound', column: 'isMobile' },
      { field: 'extensions.a.b', column: 'zone', as: 'decimal' },
      { field: 'step', column: 'nothere', default: 7, as: 'integer' },
    ];
    const table = { ...PREFIXES, rows: [...PREFIXES.rows, { prefix: '+1', nothere: '1' }] };
    const { fields } = await look({ called: '+4470' }, { config: { set }, table });
    expect(fields).toMatchObject({ value: '2.5', inbound: true, extensions: { 'a.b': '2.5' }, step: 7 });
    const config = { set: [{ field: 'value', column: 'isMobile' }] };
    await expect(look({ called: '+4470' }, { config })).rejects.toMatchObject({
      code: 'invalid_value',
      field: 'value',
    });
  });

  it('leaves what the record had where nothing is found, or sets the defaults', async () => {
    const fields = { date: DATE, usageClass: 'before' };
    for (const source of [{ called: '+99' }, {}]) {
      expect(await look(source, { config: { notFound: 'pass' }, fields })).toEqual({
        outcome: { kind: 'ok' },
        fields,
      });
      const set = [...SET, { field: 'extensions.zone', column: 'zone', default: 0, as: 'integer' }];
      const found = await look(source, { config: { notFound: 'default', set }, fields });
      expect(found.fields).toEqual({ ...fields, extensions: { zone: 0 } });
    }
  });

  it.each(['reject', 'default', 'pass'])(
    'refuses tables that it cannot use, with notFound %s',
    async (notFound) => {
      const refusalOf = async (config: object, table: Partial<TestTable> = {}) => {
        const set = [{ field: 'usageClass', column: 'destination', default: 'x' }];
        const { outcome } = await look(
          { called: '+44', n: '5' },
          { config: { notFound, set, ...config }, table: { ...PREFIXES, ...table } },
        );
        return outcome.kind === 'reject' ? `${outcome.code}: ${outcome.message}` : outcome.kind;
      };
      expect(await refusalOf({ table: 'other' })).toBe('lookup_not_found: there is no table "other"');
      expect(
        await refusalOf({
          set: [
            { field: 'a', column: 'x', default: 1 },
            { field: 'b', column: 'y' },
          ],
        }),
      ).toBe('table_mismatch: table "destinations" has no columns "x", "y"');
      expect(await refusalOf({}, { key: ['zone', 'prefix'] })).toContain('has column "zone" in its key');
      const byRange = { match: [{ from: 'n', by: 'range', column: 'from', toColumn: 'to' }] };
      const row = { destination: 'd', to: '9' };
      expect(await refusalOf(byRange, { key: ['from'], rows: [{ ...row, from: 'x' }] })).toContain(
        '"x" in column "from" is not a decimal',
      );
      expect(await refusalOf(byRange, { key: ['from'], rows: [{ ...row, from: '9' }] })).toContain(
        'holds nothing',
      );
      expect(await refusalOf(byRange, { key: ['from'], rows: [{ ...row, from: '1' }] })).toBe('ok');
    },
  );

  it('names all that it looked at where nothing is found', async () => {
    const table: TestTable = {
      name: 'bands',
      key: ['country', 'from'],
      rows: [{ country: 'DE', from: '08:00', to: '20:00', destination: 'day' }],
    };
    const match = [
      { from: 'time', by: 'range', column: 'from', toColumn: 'to', as: 'text' },
      { from: 'country', column: 'country' },
    ];
    expect(await classOf({ time: '19:59', country: 'DE' }, { table, config: { match } })).toBe('day');
    const { outcome } = await look({ time: '20:00', country: 'DE' }, { table, config: { match } });
    expect(outcome).toEqual({
      kind: 'reject',
      code: 'lookup_not_found',
      message: 'no row of table "bands" for "20:00/DE" (time/country)',
      field: 'time',
      missing: { kind: 'table', type: 'bands', value: '20:00/DE' },
    });
    const including = [{ ...match[0], includesEnd: true }, match[1]];
    expect(await classOf({ time: '20:00', country: 'DE' }, { table, config: { match: including } })).toBe(
      'day',
    );
  });

  it('keeps exact columns apart, whatever texts are in them', async () => {
    const table: TestTable = {
      name: 't',
      key: ['a', 'b'],
      rows: [
        { a: '1:x', b: 'y', destination: 'first' },
        { a: '1', b: ':xy', destination: 'second' },
      ],
    };
    const config = { match: ['a', 'b'].map((column) => ({ from: column, column })) };
    expect(await classOf({ a: '1:x', b: 'y' }, { table, config })).toBe('first');
    expect(await classOf({ a: '1', b: ':xy' }, { table, config })).toBe('second');
    expect(await classOf({ a: '1:', b: 'xy' }, { table, config })).toBeUndefined();
  });

  it('goes to a shorter prefix where no range of the longer one holds the value', async () => {
    const table: TestTable = {
      name: 't',
      key: ['prefix', 'from'],
      rows: [
        { prefix: '+4', from: '0', destination: 'any' },
        { prefix: '+44', from: '10', to: '20', destination: 'middle' },
      ],
    };
    const config = { match: [BY_PREFIX, { from: 'n', by: 'range', column: 'from', toColumn: 'to' }] };
    expect(await classOf({ called: '+44', n: 10 }, { table, config })).toBe('middle');
    expect(await classOf({ called: '+44', n: 20 }, { table, config })).toBe('any');
  });

  it('finds the range that begins last, as trying all of them does', async () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    const wide = (n: number) => (random(2) ? `${n}` : `${n}.000000000000000001`);
    for (let round = 0; round < 40; round++) {
      const rows = Array.from({ length: 5 + random(20) }, (_, i) => {
        const from = random(20);
        const begins = wide(from);
        return { from: begins, ...(random(4) && { to: `${from + 1 + random(8)}` }), destination: `${i}` };
      });
      const table: TestTable = { name: 't', key: ['from'], rows };
      const config = {
        match: [{ from: 'n', by: 'range', column: 'from', toColumn: 'to' }],
        notFound: 'pass',
      };
      const find = await lookingUp(config, table);
      for (let n = 0; n < 20; n++) {
        const value = wide(n);
        const scaled = (text: string) =>
          BigInt(text.includes('.') ? text.replace('.', '') : `${text}${'0'.repeat(18)}`);
        const holding = rows.filter(
          ({ from, to }) => scaled(from) <= scaled(value) && (to === undefined || scaled(value) < scaled(to)),
        );
        const latest = holding.reduce<bigint>(
          (most, { from }) => (scaled(from) > most ? scaled(from) : most),
          -1n,
        );
        const ends = holding
          .filter(({ from }) => scaled(from) === latest)
          .map(({ to }) => (to === undefined ? null : scaled(to)))
          .sort((a, b) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1));
        const expected = holding
          .filter(
            ({ from, to }) => scaled(from) === latest && (to === undefined ? null : scaled(to)) === ends[0],
          )
          .map(({ destination }) => destination);
        const found = (await find({ n: value }, {})).fields.usageClass;
        if (expected.length === 0) expect(found).toBeUndefined();
        else expect(expected).toContain(found);
      }
    }
  });

  it('finds the range that is valid, as trying all of them does', async () => {
    let seed = 11;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    const day = (n: number) => `2026-10-${String(n).padStart(2, '0')}T00:00:00Z`;
    for (let round = 0; round < 20; round++) {
      const rows = Array.from({ length: 30 }, (_, i) => {
        const [from, begins] = [i % 15, 1 + random(20)];
        const [to, ends] = [from + 1 + random(12), begins + 1 + random(8)];
        return { from, to, begins, ends, destination: `${i}` };
      });
      const table: TestTable = {
        name: 't',
        key: ['from'],
        rows: rows.map(({ from, to, begins, ends, destination }) => ({
          from: `${from}`,
          to: `${to}`,
          destination,
          validFrom: day(begins),
          validTo: day(ends),
        })),
      };
      const match = [{ from: 'n', by: 'range', column: 'from', toColumn: 'to' }];
      const find = await lookingUp({ match, notFound: 'pass' }, table);
      for (let n = 0; n < 25; n++) {
        const date = 1 + random(28);
        const holding = rows
          .filter((row) => row.from <= n && n < row.to && row.begins <= date && date < row.ends)
          .sort((a, b) => b.from - a.from || a.to - b.to);
        const best = holding.filter(({ from, to }) => from === holding[0]!.from && to === holding[0]!.to);
        const found = (await find({ n }, { date: day(date) })).fields.usageClass;
        if (best.length === 0) expect(found).toBeUndefined();
        else expect(best.map(({ destination }) => destination)).toContain(found);
      }
    }
  });

  it('passes over many ranges that end before a value to the one that holds it', async () => {
    const COUNT = 100_000;
    const rows = Array.from({ length: COUNT }, (_, i) => ({
      from: `${10 * i}`,
      to: `${10 * i + 1}`,
      destination: 'narrow',
    }));
    const table: TestTable = {
      name: 't',
      key: ['from'],
      rows: [{ from: '-1', destination: 'any' } as (typeof rows)[0], ...rows],
    };
    const config = { match: [{ from: 'n', by: 'range', column: 'from', toColumn: 'to' }] };
    const find = await lookingUp(config, table);
    const started = performance.now();
    for (let i = 0; i < 1000; i++) {
      const value = 10 * COUNT - 10 * i;
      expect((await find({ n: value - 5 }, {})).fields.usageClass).toBe('any');
      expect((await find({ n: value - 10 }, {})).fields.usageClass).toBe('narrow');
    }
    // One by one it is a hundred million comparisons.
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('indexes a table once for as long as it is the same', async () => {
    const context = stepContext({ reference: { tables: [PREFIXES] } });
    const step = createStep(lookup, {
      table: 'destinations',
      match: [BY_PREFIX],
      set: SET,
    }) as Step<Prepared>;
    expect(await step.prepare!([], context)).toBe(await step.prepare!([], context));
  });

  it.each<[object, string]>([
    [{ match: [] }, '/match'],
    [{ match: [{ from: 'a', by: 'regex', column: 'c' }] }, '/match/0/by'],
    [{ match: [BY_PREFIX, { ...BY_PREFIX, column: 'd' }] }, '/match/1/by only one column'],
    [
      { match: [BY_PREFIX, { from: 'b', column: 'prefix' }] },
      '/match/1/column "prefix" is matched by /match/0',
    ],
    [{ match: [{ ...BY_PREFIX, toColumn: 'to' }] }, '/match/0/toColumn is for ranges'],
    [{ match: [{ ...BY_PREFIX, by: 'range', includesEnd: true }] }, '/match/0/includesEnd needs toColumn'],
    [{ set: [...SET, ...SET] }, '/set/1/field "usageClass" is set by /set/0'],
    [{ set: [{ field: 'date', column: 'd' }] }, '/set/0/field a table gives no timestamps'],
    [{ set: [{ field: 'value', column: 'd', as: 'text' }] }, '/set/0/as "value" is always decimal'],
    [
      { set: [{ field: 'value', column: 'd', default: 'none' }] },
      '/set/0/default value: "none" is not a decimal',
    ],
    [{ set: [{ field: 'rating', column: 'd' }] }, '/set/0/field'],
    [{ notFound: 'default' }, '/notFound needs a default'],
    [{ notFound: 'skip' }, '/notFound'],
  ])('refuses the config %j', (config, problem) => {
    expect(problemsOf(config).join('\n')).toContain(problem);
  });

  it('names every problem at once', () => {
    const set = [
      { field: 'date', column: 'a' },
      { field: 'date', column: 'b' },
    ];
    const match = [{ ...BY_PREFIX, as: 'text' }];
    expect(problemsOf({ set, match, notFound: 'default' }).length).toBe(5);
  });
});
