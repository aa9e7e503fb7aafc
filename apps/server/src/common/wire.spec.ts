import { parseExceptionId, parseIndex, parseUsageId, toExceptionId, toUsageId } from './ids.js';
import { masked, maskedJson } from './masking.js';
import { toDecimalText, toRfc3339 } from './moment.js';
import { RawJson, stringifyJson } from './raw-json.js';

describe('ids', () => {
  it('are read as they are written', () => {
    for (const id of ['u17-0-0-1', 'r4294967296-2147483647-32767-32767'])
      expect(toUsageId(parseUsageId(id)!)).toBe(id);
    expect(toExceptionId(parseExceptionId('e17-3')!)).toBe('e17-3');
    expect(parseIndex('0')).toBe(0);
  });

  it('are nothing else', () => {
    const notUsage = [
      '',
      'u',
      '17',
      'u17-0-0',
      'u017-0-0-1',
      'u17-0-0-1 ',
      'x17-0-0-1',
      'u17-2147483648-0-1',
      'u17-0-0-99999',
    ];
    for (const id of notUsage) expect(parseUsageId(id)).toBeNull();
    for (const id of ['e17', 'e9999999999999999-0', 'e-1-0', 'e17-00', 'u17-0'])
      expect(parseExceptionId(id)).toBeNull();
    for (const text of ['-1', '01', '1.0', '2147483648', '']) expect(parseIndex(text)).toBeNull();
  });
});

describe('texts of Postgres', () => {
  it('become RFC 3339 and canonical decimals', () => {
    expect(toRfc3339('2022-05-01 01:01:00.01+00')).toBe('2022-05-01T01:01:00.01Z');
    expect(toRfc3339('2022-05-01 01:01:00+00')).toBe('2022-05-01T01:01:00Z');
    const decimals = { '100': '100', '12.50': '12.5', '-0.0004000': '-0.0004', '3.000': '3', '0.0': '0' };
    for (const [numeric, text] of Object.entries(decimals)) expect(toDecimalText(numeric)).toBe(text);
  });
});

describe('masking', () => {
  it('keeps the last four characters of what is long enough', () => {
    expect(masked('4038675309')).toBe('***5309');
    expect(masked('1234567')).toBe('***');
  });

  it('keeps the names of a JSON value and nothing else', () => {
    const raw = JSON.parse('{"__proto__":"acct-100042","n":5,"deep":[{"b":true,"none":null}]}') as unknown;
    expect(JSON.stringify(maskedJson(raw))).toBe(
      '{"__proto__":"***0042","n":"***","deep":[{"b":true,"none":null}]}',
    );
  });

  it('shows nothing of a moment', () => {
    const moments = [
      '2026-10-01',
      '2026-10-01T12:34:00Z',
      '01/10/2026 2:34 PM',
      '2026-10-01 12:34:00.5+02:00',
    ];
    expect(moments.map(masked)).toEqual(moments.map(() => '***'));
    expect(masked('call-2026-10-01')).toBe('***0-01');
  });
});

describe('stringifyJson', () => {
  it('splices raw texts in, wherever they stand and whatever is in them', () => {
    const text = stringifyJson({
      raw: new RawJson('{"a":9007199254740993,"b":1.50}'),
      list: [new RawJson('"$&"')],
      n: null,
    });
    expect(text).toBe('{"raw":{"a":9007199254740993,"b":1.50},"list":["$&"],"n":null}');
  });
});
