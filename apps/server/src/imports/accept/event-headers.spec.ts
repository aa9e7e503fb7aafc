import { isBinaryEvent, readEventAttributes } from './event-headers.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const EVENT = { ...JSON_TYPE, 'ce-specversion': '1.0', 'ce-id': 'a', 'ce-source': '/s', 'ce-type': 't' };

describe('isBinaryEvent', () => {
  it('goes by ce-specversion, where the body is no event itself', () => {
    expect(isBinaryEvent(EVENT)).toBe(true);
    expect(isBinaryEvent({ 'ce-id': 'a' })).toBe(false);
    expect(isBinaryEvent({ ...EVENT, 'content-type': 'application/cloudevents+json; charset=utf-8' })).toBe(
      false,
    );
    expect(isBinaryEvent({ ...EVENT, 'content-type': 'Application/CloudEvents-Batch+json' })).toBe(false);
  });
});

describe('readEventAttributes', () => {
  it('takes every ce- header, and the content type as datacontenttype', () => {
    const headers = { ...EVENT, 'ce-meterversion': '7', 'ce-datacontenttype': 'text/xml', host: 'localhost' };
    expect(readEventAttributes(headers)).toEqual({
      specversion: '1.0',
      id: 'a',
      source: '/s',
      type: 't',
      meterversion: '7',
      datacontenttype: 'application/json',
    });
  });

  it.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['100%2525', '100%25'],
    ['"a \\"quoted\\" b\\\\c"', 'a "quoted" b\\c'],
    ['"', '"'],
    [Buffer.from('März', 'utf8').toString('latin1'), 'März'],
    ['caf\u00e9', 'café'],
    ['a%0Ab', 'a\nb'],
  ])('reads %j', (value, text) => {
    expect(readEventAttributes({ ...EVENT, 'ce-subject': value }).subject).toBe(text);
  });

  it.each(['100%', '%zz', '%ff', '%ed%a0%80'])('refuses %j', (value) => {
    const refusal = expect.objectContaining({ status: 422, code: 'wrong_shape' });
    expect(() => readEventAttributes({ ...EVENT, 'ce-subject': value })).toThrow(refusal);
  });
});
