import { ExactNumber } from 'feedmill/pipeline';
import { type BodyType, type MediaType, toBodyType, toStoredType } from './content-type.js';
import { BrokenElement } from './envelope-error.js';
import { openEnvelope, readElements } from './envelope.js';

const RECORDS = { format: 'records', rows: null } as const;
const ATTRIBUTES = { specversion: '1.0', id: 'e-1', source: '/meters/7', type: 'usage' };
const EVENT = { ...ATTRIBUTES, data: { kWh: 2 } };
const RECORD = { kWh: 2, $event: ATTRIBUTES };

const open = (mediaType: MediaType, value: unknown, max = 10) =>
  openEnvelope({ mediaType, event: null }, JSON.stringify(value), RECORDS, max).elements;
const single = (value: unknown) => open('application/cloudevents+json', value);
const batch = (value: unknown, max?: number) => open('application/cloudevents-batch+json', value, max);
const refusal = (code: string, message = '') =>
  expect.objectContaining({ name: 'EnvelopeError', code, message: expect.stringContaining(message) });

describe('events in JSON', () => {
  it('give their data with the attributes as $event, extensions included', () => {
    expect(single(EVENT)).toEqual([RECORD]);
    const more = { subject: 'x', time: null, sampled: true, datacontenttype: 'application/vnd.meter+json' };
    const { time: _, ...said } = more;
    expect(single({ ...EVENT, ...more, data_base64: null })).toEqual([
      { kWh: 2, $event: { ...ATTRIBUTES, ...said } },
    ]);
    expect(single({ ...EVENT, data: { $event: 'spoofed' } })).toEqual([{ $event: ATTRIBUTES }]);
  });

  it('may have data that looks like the envelope of plain JSON', () => {
    expect(single({ ...EVENT, data: { data: [{ v: 1 }] } })).toEqual([
      { data: [{ v: 1 }], $event: ATTRIBUTES },
    ]);
  });

  it('come alone or in an array, each by its own content type', () => {
    expect(batch([EVENT, EVENT])).toEqual([RECORD, RECORD]);
    expect(() => single([EVENT])).toThrow(refusal('wrong_shape', 'cloudevents-batch'));
    expect(() => batch(EVENT)).toThrow(refusal('wrong_shape', 'array'));
    expect(() => batch([])).toThrow(refusal('empty_batch'));
    expect(() => batch([EVENT, EVENT], 1)).toThrow(refusal('too_many_records'));
  });

  it.each([
    ['no object', 5, 'JSON object'],
    ['no specversion', { ...EVENT, specversion: undefined }, 'specversion'],
    ['another specversion', { ...EVENT, specversion: '0.3' }, 'specversion'],
    ['no id', { ...EVENT, id: undefined }, 'needs id'],
    ['an empty source', { ...EVENT, source: '' }, 'needs source'],
    ['an id and a type that are no texts', { ...EVENT, id: 7, type: null }, 'needs id and type'],
    ['binary data', { ...ATTRIBUTES, data_base64: 'AA==' }, 'data_base64'],
    ['data of another type', { ...EVENT, datacontenttype: 'text/xml' }, 'datacontenttype'],
    ['no data', ATTRIBUTES, 'data of an event'],
    ['data that is no object', { ...EVENT, data: [1] }, 'data of an event'],
  ])('are malformed with %s, among good ones; alone they are refused', (_, bad, message) => {
    const elements = batch([EVENT, bad]);
    expect(elements[0]).toEqual(RECORD);
    expect(elements[1]).toBeInstanceOf(BrokenElement);
    const raw = JSON.parse(JSON.stringify(bad)) as unknown;
    expect(elements[1]).toMatchObject({ raw, message: expect.stringContaining(message) });
    expect(() => single(bad)).toThrow(refusal('wrong_shape', message));
    expect(() => batch([bad, bad])).toThrow(refusal('wrong_shape', message));
  });

  it('keep the text of exact numbers', () => {
    const text = `[${JSON.stringify(EVENT).replace('2}', '12345678901234567890}')}]`;
    const type: BodyType = { mediaType: 'application/cloudevents-batch+json', event: null };
    expect(openEnvelope(type, text, RECORDS, 10).hasExactNumbers).toBe(true);
    const [record] = readElements(toStoredType(type, null), text, RECORDS, true);
    expect(record).toEqual({ kWh: new ExactNumber('12345678901234567890'), $event: ATTRIBUTES });
  });
});

describe('an event whose attributes came as headers', () => {
  const event = {
    ...ATTRIBUTES,
    subject: 'a; b=c, "d" €',
    datacontenttype: 'application/vnd.x+json; charset=utf-8',
  };
  const type: BodyType = { mediaType: 'application/json', event };

  it('is its data with the attributes, now and when it is read again', () => {
    const text = '{"data":[{"v":1}]}';
    const [record] = openEnvelope(type, text, RECORDS, 10).elements;
    expect(record).toEqual({ data: [{ v: 1 }], $event: event });
    expect(readElements(toStoredType(type, null), text, RECORDS, false)).toEqual([record]);
  });

  it('has the same stored type in whatever order the headers came', () => {
    const storedType = toStoredType(type, null);
    const reversed = Object.fromEntries(Object.entries(event).reverse());
    expect(toStoredType({ ...type, event: reversed }, null)).toBe(storedType);
    expect(storedType).toMatch(/^application\/json; ce-datacontenttype=application%2Fvnd.x%2Bjson%3B/);
    expect(toBodyType(storedType)).toEqual(type);
  });

  it.each(['[{"v":1}]', '5', 'null'])('is refused with %s for data', (text) => {
    expect(() => openEnvelope(type, text, RECORDS, 10)).toThrow(refusal('wrong_shape', 'data of an event'));
  });
});
