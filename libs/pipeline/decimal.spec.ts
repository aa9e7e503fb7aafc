import Big from 'big.js';
import fc from 'fast-check';
import {
  add,
  compare,
  decimalProblem,
  divide,
  DIVISION_SCALE,
  fitDecimal,
  multiply,
  negate,
  remainder,
  round,
  subtract,
  toComputable,
  toDecimal,
} from './decimal.js';
import { ExactNumber } from './record.js';

describe('toDecimal', () => {
  it.each<[unknown, string]>([
    [0, '0'],
    [-0, '0'],
    [1250, '1250'],
    [-0.75, '-0.75'],
    [1e-7, '0.0000001'],
    [1e21, '1000000000000000000000'],
    ['007.50', '7.5'],
    ['-0.00', '0'],
    ['1e3', '1000'],
    ['12.50E-1', '1.25'],
    ['9007199254740993', '9007199254740993'],
    ['0.000000000000000001', '0.000000000000000001'],
    [`${'9'.repeat(38)}`, '9'.repeat(38)],
    [`1.${'0'.repeat(50)}`, '1'],
    [new ExactNumber('9007199254740993'), '9007199254740993'],
    [new ExactNumber('1.5e2'), '150'],
  ])('%p is %s', (input, expected) => {
    expect(toDecimal(input)).toBe(expected);
    expect(decimalProblem(input)).toBeNull();
  });

  it.each<[unknown]>([
    ['+1'],
    [' 1'],
    ['1 '],
    ['1\n'],
    [''],
    ['.5'],
    ['5.'],
    ['1,5'],
    ['1.000,5'],
    ["1'000"],
    ['1_000'],
    ['0x10'],
    ['1e'],
    ['NaN'],
    ['Infinity'],
    ['--1'],
    ['-'],
    ['١'],
    [NaN],
    [Infinity],
    [true],
    [null],
    [undefined],
    [{}],
    [[1]],
    [10n],
  ])('%p is none', (input) => {
    expect(toDecimal(input)).toBeNull();
    expect(decimalProblem(input)).toBe('not_a_decimal');
  });

  it.each<[unknown, string]>([
    ['1'.repeat(39), 'too_many_digits'],
    ['1e38', 'too_many_digits'],
    ['1e400', 'too_many_digits'],
    ['1e999999999', 'too_many_digits'],
    [`${'1'.repeat(21)}.${'1'.repeat(18)}`, 'too_many_digits'],
    ['0.0000000000000000001', 'too_many_decimals'],
    ['1e-19', 'too_many_decimals'],
    ['1e-999999999', 'too_many_decimals'],
    [`0.${'3'.repeat(40)}`, 'too_many_decimals'],
  ])('%p is over the limits', (input, problem) => {
    expect(toDecimal(input)).toBeNull();
    expect(decimalProblem(input)).toBe(problem);
  });
});

describe('fitDecimal', () => {
  it.each<[unknown, string | null]>([
    ['1.5', '1.5'],
    [divide('1', '3'), '0.333333333333333333'],
    [divide('2', '3'), '0.666666666666666667'],
    ['0.0000000000000000005', '0'],
    ['0.0000000000000000015', '0.000000000000000002'],
    ['-1e-999999999', '0'],
    ['1e38', null],
    ['abc', null],
  ])('%p becomes %p', (input, expected) => expect(fitDecimal(input)).toBe(expected));
});

describe('round', () => {
  const values = ['2.5', '-2.5', '3.5', '2.4', '-2.6', '0.5', '-0.4'];

  it.each([
    ['halfUp', ['3', '-3', '4', '2', '-3', '1', '0']],
    ['halfEven', ['2', '-2', '4', '2', '-3', '0', '0']],
    ['up', ['3', '-3', '4', '3', '-3', '1', '-1']],
    ['down', ['2', '-2', '3', '2', '-2', '0', '0']],
  ] as const)('%s', (mode, expected) => {
    expect(values.map((value) => round(value, 0, mode))).toEqual(expected);
  });

  it('leaves what has no more digits, and rounds before the point', () => {
    expect(round('1.5', 2, 'up')).toBe('1.5');
    expect(round('1250', -2, 'halfEven')).toBe('1200');
    expect(round('1350', -2, 'halfEven')).toBe('1400');
  });
});

describe('arithmetic', () => {
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }))
    .map(([digits, scale]) => toComputable(`${digits}e-${scale}`)!);
  const exact = Big();
  exact.DP = DIVISION_SCALE;
  exact.RM = 2;
  const plain = (value: Big) => toComputable(value.toFixed())!;

  it('is that of big.js', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const [x, y] = [new exact(a), new exact(b)];
        expect(add(a, b)).toBe(plain(x.plus(y)));
        expect(subtract(a, b)).toBe(plain(x.minus(y)));
        expect(multiply(a, b)).toBe(plain(x.times(y)));
        expect(Math.sign(compare(a, b))).toBe(x.cmp(y));
        if (b === '0') return;
        expect(divide(a, b)).toBe(plain(x.div(y)));
        expect(remainder(a, b)).toBe(plain(x.mod(y)));
      }),
    );
  });

  it('rounds as big.js', () => {
    const modes = ['down', 'halfUp', 'halfEven', 'up'] as const;
    fc.assert(
      fc.property(
        decimal,
        fc.integer({ min: 0, max: 18 }),
        fc.integer({ min: 0, max: 3 }),
        (a, scale, mode) => {
          expect(round(a, scale, modes[mode]!)).toBe(plain(new exact(a).round(scale, mode as 0)));
        },
      ),
    );
  });

  it('gives canonical texts, also on the quick paths', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        expect(add(String(a), String(b))).toBe(String(BigInt(a) + BigInt(b)));
        expect(multiply(String(a), String(b))).toBe(String(BigInt(a) * BigInt(b)));
      }),
    );
    expect(multiply('-5', '0')).toBe('0');
    expect(negate('0')).toBe('0');
    expect(add('0.1', '0.2')).toBe('0.3');
    expect(add('0.5', '-0.5')).toBe('0');
  });

  it('does not divide by zero', () => {
    expect(() => divide('1', '0')).toThrow(RangeError);
    expect(() => remainder('1', '0')).toThrow(RangeError);
  });
});
