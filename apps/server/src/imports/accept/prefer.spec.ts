import { readWait } from './prefer.js';

describe('readWait', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['respond-async', null],
    ['handling="wait=3"', null],
    ['waiting=3', null],
    ['wait=3', 3],
    ['Wait = "3"', 3],
    ['wait=0', 0],
    ['wait=007', 7],
    ['wait=10', 10],
    ['wait=11', 10],
    ['wait=99999999999999999999', 10],
    ['respond-async, wait=4; foo=bar', 4],
    ['handling="a,b", wait=2, wait=9', 2],
    [['respond-async', 'wait=6'], 6],
  ])('%j is %j', (header, seconds) => expect(readWait(header)).toBe(seconds));

  it.each(['wait', 'wait=', 'wait=-1', 'wait=1.5', 'wait=soon', 'wait="3 s"', 'wait=3s'])(
    'refuses %j',
    (header) => {
      const refusal = expect.objectContaining({ status: 400, code: 'invalid_parameter' });
      expect(() => readWait(header)).toThrow(refusal);
    },
  );
});
