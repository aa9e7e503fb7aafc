import { ConfigError, RecordError } from '../errors.js';
import { ExactNumber, PipelineRecord, type DecodedRecord, type UsageFields } from '../record.js';
import type { StepContext } from '../step.js';
import { compileExpression } from './compile.js';

const context = {
  acceptedAt: '2026-04-16T14:32:00.5Z',
  feed: {
    name: 'usage-json',
    apiName: 'usageJson',
    timeZone: 'Europe/Berlin',
    parameters: { factor: new ExactNumber('1e3') },
  },
} as unknown as StepContext;

function evaluate(source: string, record: DecodedRecord = {}, fields: UsageFields = {}): unknown {
  const expression = compileExpression(source, '/expression');
  return expression.evaluate(new PipelineRecord(0, 0, record, fields), context);
}

async function failure(source: string, record: DecodedRecord = {}): Promise<RecordError> {
  const error = await Promise.resolve(evaluate(source, record)).then(
    (value) => `gave ${JSON.stringify(value)}`,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RecordError);
  return error as RecordError;
}

function refusal(source: string): ConfigError {
  try {
    compileExpression(source, '/expression');
  } catch (error) {
    return error as ConfigError;
  }
  throw new Error(`${source} compiled`);
}

describe('exact decimals', () => {
  it.each([
    ['0.1 + 0.2', 0.3],
    ['0.1 + 0.2 = 0.3', true],
    ['9007199254740993 + 1', '9007199254740994'],
    ['9007199254740993 - 9007199254740992', 1],
    ['-9007199254740993', '-9007199254740993'],
    ['1.1 * 1.1', 1.21],
    ['7 / 2', 3.5],
    ['1 / 1048576', 0.00000095367431640625],
    ['0.3 % 0.1', 0],
    ['-7 % 3', -1],
    ['1 / 3', `0.${'3'.repeat(40)}`],
    ['1 / 3 * 3 < 1', true],
    ['$roundTo(1 / 3 * 3, 18)', 1],
    ['$roundTo(2.5, 0, "halfEven")', 2],
    ['$roundTo(2.5, 0)', 3],
    ['$round(2.5)', 2],
    ['$round(125, -1)', 120],
    ['$sum([0.1, 0.2, "0.3"])', 0.6],
    ['$average([0.1, 0.2])', 0.15],
    ['$max([2, "10"])', 10],
    ['$abs("-12345678901234567890")', '12345678901234567890'],
    ['$floor(-2.5)', -3],
    ['$ceil(-2.5)', -2],
    ['$number("9007199254740993")', '9007199254740993'],
    ['$number("0x10")', 16],
    ['$decimal("1e3")', 1000],
    ['$formatNumber(10 / 3, "0.00")', '3.33'],
    ['$power(2, 1 / 3) < 1.26', true],
    ['$sqrt("9")', 3],
    ['10e300 * 10e100 / 10e300', 1e101],
    ['1e-300 * 1e-300 > 0', true],
    ['12345678901234567890 > 12345678901234567889', true],
    ['"10" < "9"', false],
    ['"abc" < "abd"', true],
    ['missing + 1', undefined],
    ['missing < 1', undefined],
    ['-missing', undefined],
    ['-"5"', -5],
    ['- 0', 0],
  ])('%s gives %j', async (source, expected) => {
    expect(await evaluate(source)).toEqual(expected);
  });

  it.each([
    ['"abc" + 1', 'T2001', '+'],
    ['1 + "1,000"', 'T2002', '+'],
    ['1 < "abc"', 'T2009', '<'],
    ['true > 1', 'T2010', '>'],
    ['-"abc"', 'D1002', '-'],
    ['1 / 0', 'division_by_zero', '/'],
    ['$decimal(" 1")', 'D3030', 'decimal'],
  ])('%s fails with %s', async (source, code, token) => {
    const { details } = await failure(source);
    expect(details).toMatchObject({ code, token, position: expect.any(Number) });
  });
});

describe('what an expression sees', () => {
  const record = {
    Value: new ExactNumber('1e2'),
    Big: new ExactNumber('12345678901234567'),
    both: 'source',
    $event: { source: '/meters/7', sequence: new ExactNumber('12345678901234567') },
  };

  it.each<[string, unknown]>([
    ['Value + 1', 101],
    ['Big', '12345678901234567'],
    ['Big + 1', '12345678901234568'],
    ['both', 'field'],
    ['$source.both', 'source'],
    ['value * 2', 2500],
    ['value', 1250],
    ['$event.source', '/meters/7'],
    ['`$event`.source', '/meters/7'],
    ['$event.sequence + 1', '12345678901234568'],
    ['$event.missing', undefined],
    ['$feed.apiName', 'usageJson'],
    ['$feed.parameters.factor', 1000],
    ['$now()', '2026-04-16T14:32:00.500Z'],
    ['$millis()', 1776349920500],
    ['$toMillis("14:32", "[H01]:[m01]") < $millis()', true],
    ['$toMillis("2026-04-16T00:00:00")', 1776297600000],
    ['$toMillis("2026-04-16T00:00:00Z", "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01]Z")', 1776297600000],
    ['$toMillis("16 April 2026", "[D1] [MNn] [Y]")', 1776297600000],
    ['$localTime("2026-10-25T00:59:59.9Z")', '02:59:59'],
    ['$localTime("2026-10-25T01:00:00Z")', '02:00:00'],
    ['$localTime("2026-03-29T01:00:00Z")', '03:00:00'],
    ['$localTime("2026-10-25T12:00:00Z", "Asia/Kolkata")', '17:30:00'],
    ['$localTime("2026-10-25 02:30+01:00")', '02:30:00'],
    ['$localTime("2026-10-25")', '00:00:00'],
    ['$localTime(missing)', undefined],
  ])('%s', async (source, expected) => {
    expect(await evaluate(source, record, { both: 'field', value: '1250' })).toEqual(expected);
  });

  it('never gives an object of the input', async () => {
    const input = { Extensions: { region: 'us' } };
    const result = await evaluate('Extensions', input);
    expect(result).toEqual(input.Extensions);
    expect(result).not.toBe(input.Extensions);
  });

  it('gives plain lists and objects', async () => {
    const result = (await evaluate('{"list": [1..3][$ > 1]}')) as { list: number[] };
    expect(result).toEqual({ list: [2, 3] });
    expect(Object.keys(result.list)).toEqual(['0', '1']);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });
});

describe('an expression that reads one text', () => {
  const inTurn = async (source: string, records: readonly DecodedRecord[]) => {
    const expression = compileExpression(source, '/expression');
    const results: unknown[] = [];
    for (const record of records)
      results.push(await expression.evaluate(new PipelineRecord(0, 0, record, {}), context));
    return results;
  };

  it('is not worked out again for the same text', async () => {
    const expression = compileExpression('$uppercase($trim(type))', '/expression');
    const given = (record: DecodedRecord) =>
      expression.evaluate(new PipelineRecord(0, 0, record, {}), context);
    await expect(given({ type: ' voice', n: 1 })).resolves.toBe('VOICE');
    expect(given({ type: ' voice', n: 2 })).toBe('VOICE');
    await expect(given({ type: 'voice' })).resolves.toBe('VOICE');
  });

  it('tells texts from numbers, and knows more of them than it keeps', async () => {
    const types = Array.from({ length: 600 }, (_, n) => ({ x: `t${n % 300}` }));
    expect(await inTurn('x & "!"', [{ x: '1' }, { x: 1 }, {}, ...types])).toEqual([
      '1!',
      '1!',
      '!',
      ...types.map(({ x }) => `${x}!`),
    ]);
    expect(await inTurn('x = 1', [{ x: '1' }, { x: 1 }, { x: '1' }, { x: 1 }])).toEqual([
      ...(await inTurn('x = 1', [{ x: '1' }])),
      true,
      ...(await inTurn('x = 1', [{ x: '1' }])),
      true,
    ]);
  });

  it('fails each time on what it fails on', async () => {
    const expression = compileExpression('$number(x)', '/expression');
    for (let n = 0; n < 2; n++) {
      const record = new PipelineRecord(0, 0, { x: 'a' }, {});
      await expect(expression.evaluate(record, context)).rejects.toBeInstanceOf(RecordError);
    }
  });

  it('sees whatever else it names', async () => {
    const records = [
      { x: 'a', y: 'b' },
      { x: 'a', y: 'c' },
      { x: 'd', y: 'c' },
    ];
    expect(await inTurn('x & y', records)).toEqual(['ab', 'ac', 'dc']);
    expect(await inTurn('x & $source.y', records)).toEqual(['ab', 'ac', 'dc']);
    expect(await inTurn('$string($)', records)).toEqual(records.map((record) => JSON.stringify(record)));
  });
});

describe('refused when compiled', () => {
  it.each([
    ['Value +', /at character 7/],
    ['$eval("1")', /\$eval is not offered.*at character 5/],
    ['$random()', /\$random is not offered/],
    ['$map([1], $shuffle)', /\$shuffle is not offered/],
    ['$match(a, /(?=x)/)', /regular expression/],
    ['$match(a, /(/)', /./],
    [`"${'x'.repeat(17_000)}"`, /longer than/],
    ['('.repeat(16_000), /./],
  ])('%.30s', (source, message) => {
    const { problems } = refusal(source);
    expect(problems[0]).toMatchObject({ pointer: '/expression', code: 'invalid_expression' });
    expect(problems[0]!.message).toMatch(message);
  });
});

describe('contained', () => {
  it.each([
    ['$pad("x", 300000000)', 'limit_exceeded'],
    ['($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("x", 60))', 'limit_exceeded'],
    ['($f := function() { $f() }; $f())', 'limit_exceeded'],
    ['($f := function($n) { 1 + $f($n + 1) }; $f(0))', 'D1011'],
    ['[1..9000000]', 'limit_exceeded'],
    ['[1..4000].[1..4000].[1..4000]', /limit_exceeded|D2015/],
    ['[1..4000].([[1..4000]])', 'limit_exceeded'],
    ['$join([1..4000].$$.big)', 'limit_exceeded'],
    ['$replace(big, /x/, big)', 'limit_exceeded'],
    ['$string([1..4000].[[$$.big]])', /limit_exceeded|D2015/],
    ['$fromMillis(0, "[Y,300000000]")', 'unusable_picture'],
    ['$toMillis("1", "[Y]1[M]1[D]")', 'unusable_picture'],
    ['$localTime("2026-03-29 02:30")', 'unusable_time'],
    ['$localTime("2026-10-25T12:00:00Z", "Mars/Olympus")', 'unusable_time'],
    ['{"__proto__": 1}', 'not_data'],
    ['$uppercase', 'not_data'],
    ['function($x) { $x }', 'not_data'],
    ['/x/', 'not_data'],
    ['{"a": [$uppercase]}', 'not_data'],
    ['$power(10, 400)', 'D3061'],
    ['$sqrt(2) * 1e300 * 1e300 * 1e300 * 1e300', 'limit_exceeded'],
  ])('%s', async (source, code) => {
    const started = Date.now();
    const { details } = await failure(source, { big: 'x'.repeat(5000) });
    expect(details?.['code']).toMatch(code);
    expect(Date.now() - started).toBeLessThan(30_000);
  });

  it('matches regular expressions in linear time', async () => {
    const text = `${'a'.repeat(8000)}b`;
    expect(await evaluate('$contains(text, /^(a+)+$/)', { text })).toBe(false);
  });

  it('has wide constructors', async () => {
    const members = Array.from({ length: 150 }, (_, i) => `$uppercase("m${i}")`).join(',');
    expect(await evaluate(`[${members}]`)).toHaveLength(150);
  });

  it('leaves nothing of a failed evaluation to the next', async () => {
    const expression = compileExpression('[$f($x), fail + "x"]'.replace('$f($x)', 'n'), '/e');
    const run = (n: number, fail: unknown) =>
      expression.evaluate(new PipelineRecord(0, 0, { n, fail } as DecodedRecord), context);
    await expect(run(1, 'a')).rejects.toBeInstanceOf(RecordError);
    await expect(run(2, undefined)).rejects.toBeInstanceOf(RecordError);
  });
});

describe('functions', () => {
  it.each<[string, unknown]>([
    ['($p := $pad(?, -5, "0"); $p("7"))', '00007'],
    ['($cents := $roundTo(?, 2, ?); $cents(2.345, "halfUp"))', 2.35],
    ['$map(["a", "b"], $uppercase)', ['A', 'B']],
    ['[1.5, 2] ~> $sum()', 3.5],
    ['$join(["a", "b"])', 'ab'],
    ['$join(["a", "b"], "-")', 'a-b'],
    ['$formatNumber(1234.5, "#.##0,00", {"decimal-separator": ",", "grouping-separator": "."})', '1.234,50'],
    ['{"a": 1} ~> |$|{"b": a + 1}|', { a: 1, b: 2 }],
    ['$string({"a": [1, "x"]})', '{"a":[1,"x"]}'],
    ['$reduce([1..4], function($a, $b) { $a * $b })', 24],
    ['$substring("hello", 1, 3) & 1.50', 'ell1.5'],
    ['missing ~> $pad(5)', undefined],
  ])('%s', async (source, expected) => {
    expect(await evaluate(source)).toEqual(expected);
  });
});

describe('regular expressions', () => {
  it.each<[string, unknown]>([
    ['$replace("a-b-c", /-/, "+")', 'a+b+c'],
    ['$replace("John Smith", /(\\w+)\\s(\\w+)/, "$2 $1")', 'Smith John'],
    ['$split("a1b22c", /\\d+/)', ['a', 'b', 'c']],
    ['$match("ab12cd3", /([a-z]+)(\\d+)/).groups[1]', ['12', '3']],
    ['$contains("HELLO", /hello/i)', true],
    ['$contains("a/b", /a\\/b/)', true],
  ])('%s', async (source, expected) => {
    expect(await evaluate(source)).toEqual(expected);
  });
});
