import { parseJson, toJson } from './json.js';

describe('parseJson and toJson', () => {
  it.each(['1250.0', '90071992547409931234', '0.10', '-0', '1e400', '12', '-1.5'])(
    'keep %s as it is written',
    (digits) => {
      expect(toJson(parseJson(`{"v":[${digits}]}`))).toBe(`{"v":[${digits}]}`);
    },
  );

  it('give ordinary numbers as numbers', () => {
    expect(parseJson('{"total":1000,"x":0.5}')).toEqual({ total: 1000, x: 0.5 });
  });
});
