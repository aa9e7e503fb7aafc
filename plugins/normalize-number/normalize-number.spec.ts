import { ConfigError, ExactNumber, PipelineRecord, RecordError } from 'feedmill/pipeline';
import { createStep } from '../../libs/pipeline/testing/index.js';
import normalizeNumber from './index.js';

const CONFIG = { fields: [{ field: 'n' }] };

/** The number that comes out, the reason of a skip, or the rejection's message. */
function normalize(written: unknown, config: object = {}, source: object = {}): unknown {
  const record = new PipelineRecord(0, 0, { n: written, ...source } as never);
  try {
    const outcome = createStep(normalizeNumber, { ...CONFIG, ...config }).apply(record);
    if (outcome.kind === 'skip') return `skip ${outcome.reason}`;
    expect(outcome).toEqual({ kind: 'ok' });
    return record.fields.n;
  } catch (error) {
    expect(error).toBeInstanceOf(RecordError);
    return `${(error as RecordError).code}: ${(error as RecordError).message}`;
  }
}

describe('normalize-number', () => {
  it.each<[unknown, object, string]>([
    ['+12125550101', {}, '+12125550101'],
    [' +1 (212) 555-0101 ', {}, '+12125550101'],
    ['212.555.0101', { country: 'US' }, '+12125550101'],
    ['1-212-555-0101', { country: 'US' }, '+12125550101'],
    ['020 7946 0000', { country: 'GB' }, '+442079460000'],
    ['442079460000', { country: 'GB' }, '+442079460000'],
    ['00442079460000', { country: 'GB' }, '+442079460000'],
    ['011442079460000', { country: 'US' }, '+442079460000'],
    ['00 44 20 7946 0000', { country: 'US', internationalPrefixes: ['00'] }, '+442079460000'],
    ['0044(20)79460000', { internationalPrefixes: ['00', '0'] }, '+442079460000'],
    ['+39 06 698 12345', {}, '+390669812345'],
    ['٠٢٠٧٩٤٦٠٠٠٠', { country: 'GB' }, '+442079460000'],
    ['+800 1234 5678', {}, '+80012345678'],
    [12125550101, { digits: 'international' }, '+12125550101'],
    [
      new ExactNumber('1234567890123456'),
      { digits: 'international' },
      'invalid_value: n: "1234567890123456" is not as long as numbers of +1',
    ],
    ['+447700900123', { check: 'possible' }, '+447700900123'],
    ['4002', { country: 'NU', shortCodeDigits: 3 }, '+6834002'],
  ])('reads %s (%j) as %s', (written, config, expected) => {
    expect(normalize(written, config)).toBe(expected);
  });

  it.each<[unknown, object, string]>([
    ['2125550101', {}, '"2125550101" names no country, and there is no default one'],
    ['00442079460000', { country: 'US' }, '"00442079460000" is not as long as numbers of US'],
    ['+447700900123', {}, '"+447700900123" is in no assigned range of +44'],
    ['+99912345678', { check: 'possible' }, '"+99912345678" is not a telephone number'],
    ['1-800-FLOWERS', { country: 'US' }, '"1-800-FLOWERS" is not a telephone number'],
    ['+442079460000 ext 5', {}, '"+442079460000 ext 5" has an extension, which E.164 has not'],
    ['sip:+12125550101@x', {}, '"sip:+12125550101@x" names no country, and there is no default one'],
    ['+', {}, '"+" is not a telephone number'],
    ['1'.repeat(65), { country: 'US' }, `"${'1'.repeat(64)}..." is longer than 64 characters`],
    [['+12125550101'], {}, 'is not a text or a number'],
    ['911', { country: 'US' }, '"911" is a short code or service code, not a telephone number'],
  ])('refuses %j (%j)', (written, config, why) => {
    expect(normalize(written, config)).toBe(`invalid_value: n: ${why}`);
    if (typeof written !== 'string' || written === '911') return;
    expect(normalize(written, { ...config, invalid: 'keep' })).toBe(written);
    expect(normalize(written, { ...config, invalid: 'skip' })).toBe('skip invalid_number');
  });

  it.each(['110', '40404', '118118', '*100#', '#31#2125550101', '١١٠', '(112)'])(
    'takes %s for a short code',
    (code) => {
      expect(normalize(code, { country: 'DE', check: 'possible' })).toContain('is a short code');
      expect(normalize(code, { country: 'DE', shortCodes: 'keep' })).toBe(code);
      expect(normalize(code, { country: 'DE', shortCodes: 'skip', invalid: 'keep' })).toBe('skip short_code');
    },
  );

  it('takes the country from a field, and refuses one that is none', () => {
    const config = { country: 'US', countryFrom: 'Site.country' };
    expect(normalize('020 7946 0000', config, { Site: { country: ' gb ' } })).toBe('+442079460000');
    expect(normalize('212 555 0101', config, { Site: {} })).toBe('+12125550101');
    expect(normalize('+12125550101', config, { Site: { country: 'UK' } })).toBe(
      'invalid_value: Site.country: "UK" is not a country such as US or GB',
    );
  });

  it('leaves out what is missing where that may be', () => {
    expect(normalize(null)).toBe('missing_field: n: the record has no "n"');
    expect(normalize(' ', { fields: [{ field: 'n', optional: true }] })).toBeUndefined();
  });

  it.each([
    [{ country: 'UK' }, '/country'],
    [{ fields: [{ field: 'value' }] }, '/fields/0/field'],
    [{ country: 'AQ' }, '/country'],
    [{ internationalPrefixes: ['+'] }, '/internationalPrefixes'],
    [{ shortCodeDigits: 11 }, '/shortCodeDigits'],
    [{ fields: [] }, '/fields'],
  ])('refuses the config %j', (config, where) => {
    expect(() => createStep(normalizeNumber, { ...CONFIG, ...config })).toThrow(ConfigError);
    expect(() => createStep(normalizeNumber, { ...CONFIG, ...config })).toThrow(where);
  });
});
