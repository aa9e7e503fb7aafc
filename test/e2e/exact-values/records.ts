/** A usage record of the demo feed `usageJson` as JSON text, so that numbers are spelled as a case wants them. */
const MEMBERS = {
  Date: '"2026-04-16T14:32:00Z"',
  OriginatingIdentifier: '"acct-100045"',
  TerminatingIdentifier: '"svc-api-gateway"',
  UdrUsageIdentifier: '""',
  Value: '1250',
  UsageClassName: '"API Requests"',
  UsageClassTypeName: '"Requests"',
};

/** Members by name with their JSON text in place of the usual one; null leaves a member out. */
export type Members = Readonly<Record<string, string | null>>;

export function recordText(key: string, members: Members = {}): string {
  const all = { ...MEMBERS, UdrUsageIdentifier: JSON.stringify(key), ...members };
  const written = Object.entries(all).filter((entry) => entry[1] !== null);
  return `{${written.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

/** The text with its strings written as JSON.stringify does, and its numbers as they stand. */
export function withPlainStrings(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"/g, (literal) => JSON.stringify(JSON.parse(literal)));
}

/** What a case says of its exception. */
export interface Rejected {
  readonly stage: 'decode' | 'mediate' | 'resolve' | 'rate';
  readonly step: string | null;
  readonly code: string;
  readonly field: string | null;
}

const mapped = (code: string, field: string): Rejected => ({
  stage: 'mediate',
  step: 'map-fields',
  code,
  field,
});
const keyed = (code: string): Rejected => ({
  stage: 'decode',
  step: null,
  code,
  field: 'UdrUsageIdentifier',
});
const resolved = (code: string): Rejected => ({
  stage: 'resolve',
  step: 'resolve-identifier',
  code,
  field: 'originatingIdentifier',
});
const unrated: Rejected = { stage: 'rate', step: 'rate-usage', code: 'rate_not_found', field: 'usageClass' };

const badValue = mapped('invalid_value', 'value');
const badDate = mapped('invalid_value', 'date');
const unstorable = (field: string): Rejected => ({
  stage: 'mediate',
  step: null,
  code: 'invalid_value',
  field,
});

/** Values that are taken: as they are written, and as the ledger has them. */
export const GOOD_VALUES: readonly (readonly [string, string])[] = [
  ['1', '1'],
  ['9007199254740993', '9007199254740993'],
  ['-9007199254740993', '-9007199254740993'],
  ['1e3', '1000'],
  ['1.5E+2', '150'],
  ['25e-1', '2.5'],
  ['1250.000', '1250'],
  ['-5', '-5'],
  ['0.1', '0.1'],
  ['0.30000000000000004', '0.30000000000000004'],
  ['0.123456789012345678', '0.123456789012345678'],
  ['0.000000000000000001', '0.000000000000000001'],
  ['12345678901234567890.123456789012345678', '12345678901234567890.123456789012345678'],
  ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
  ['"1250"', '1250'],
  ['"9007199254740993.25"', '9007199254740993.25'],
  ['"-0.75"', '-0.75'],
];

/** Values that are nothing: zero in every spelling is skipped. */
export const ZEROS = ['0', '-0', '0.000', '0e5', '-0.0', '"0"', '"-0.00"'];

/** Times that are taken, and the moment they mean on a feed in UTC. */
export const GOOD_TIMES: readonly (readonly [string, string])[] = [
  ['2026-04-16T14:32:00Z', '2026-04-16T14:32:00Z'],
  ['2026-04-16T14:32:00', '2026-04-16T14:32:00Z'],
  ['2026-04-16 14:32', '2026-04-16T14:32:00Z'],
  ['2026-04-16', '2026-04-16T00:00:00Z'],
  ['2026-04-16T23:30:00-05:00', '2026-04-17T04:30:00Z'],
  ['2026-04-16T14:32:00.123456Z', '2026-04-16T14:32:00.123456Z'],
  ['2026-04-16T14:32:00.100Z', '2026-04-16T14:32:00.1Z'],
  ['2024-02-29', '2024-02-29T00:00:00Z'],
];

/** Texts that look like something else and are only texts. */
export const TEXTS = [
  '😀 family 👨‍👩‍👧‍👦',
  'שלום \u202eمرحبا',
  "'; DROP TABLE usage; --",
  '<script>alert(1)</script>',
  '=HYPERLINK("http://example.invalid","x")',
  '$eval("1+1") & $now()',
  '${process.env}',
  '{{constructor}}',
  '\\N',
  'tab\tline\nbreak',
  '__proto__',
  'constructor',
  'null',
];

const json = JSON.stringify;

/** Records that cannot become usage: what is odd about them, and what their exception says. */
export const BAD: readonly (readonly [string, Members, Rejected])[] = [
  ...[
    '1e400',
    '-1e400',
    '1e38',
    '123456789012345678901234567890123456789',
    '0.1234567890123456789',
    '1e-19',
    'true',
    'false',
    '{}',
    '[1]',
  ].map((text) => [`value ${text}`, { Value: text }, badValue] as const),
  ...[
    '1.250,5',
    '1,250',
    "1'250",
    '1 250',
    ' 7',
    '7 ',
    '+5',
    '0x10',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e400',
    '٣',
    '１２',
    '1_000',
    '.5',
    '5.',
    '--1',
    '1250 calls',
    '1;DROP',
  ].map((text) => [`value "${text}"`, { Value: json(text) }, badValue] as const),
  ...[null, 'null', '""', '"  "'].map(
    (text) => [`value ${text}`, { Value: text }, mapped('missing_field', 'value')] as const,
  ),
  ...[null, 'null', '""'].map(
    (text) => [`date ${text}`, { Date: text }, mapped('missing_field', 'date')] as const,
  ),
  ...[
    'now',
    'today',
    'infinity',
    '-infinity',
    '2026-02-30',
    '2026-02-29T00:00:00Z',
    '2026-04-31T10:00:00Z',
    '2026-13-01',
    '2026-04-16T24:00:00Z',
    '2026-04-16T14:60:00Z',
    '2026-04-16T23:59:60Z',
    '2026-04-16T14:32:00+25:00',
    '2026-04-16T14:32:00 Europe/Berlin',
    '0001-01-01T00:00:00Z',
    '1999-12-31T23:59:59Z',
    '10000-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '2024-W01',
    '2024-W01-1',
    '2024-060',
    '03/04/2024',
    '16.04.2026',
    '20260416T143200Z',
    '2026-04-16T14:32:00.1234567Z',
    'Thu, 16 Apr 2026 14:32:00 GMT',
    '1776349920',
    '1776349920000',
  ].map((text) => [`date ${text}`, { Date: json(text) }, badDate] as const),
  ...['1776349920', '1776349920000', '1776349920000000', '0', 'true', '{}'].map(
    (text) => [`date number ${text}`, { Date: text }, badDate] as const,
  ),
  ...[null, 'null', '""', '"   "', '"\\t\\n"', '"\\u200b"', '"\\ufeff\\u2060"'].map(
    (text) => [`key ${text}`, { UdrUsageIdentifier: text }, keyed('usage_key_missing')] as const,
  ),
  ...[json('x'.repeat(1_000_000)), json('x'.repeat(513)), '"a\\u0000b"', '"\\ud800"', '{}', '["a"]'].map(
    (text) => [`key ${text.slice(0, 20)}`, { UdrUsageIdentifier: text }, keyed('invalid_value')] as const,
  ),
  ['NUL', { TerminatingIdentifier: '"a\\u0000b"' }, unstorable('terminatingIdentifier')],
  ['half a surrogate pair', { TerminatingIdentifier: '"\\udc00"' }, unstorable('terminatingIdentifier')],
  ['NUL in an extension', { Extensions: '{"a":"\\u0000"}' }, unstorable('extensions')],
  ['NUL in the name of an extension', { Extensions: '{"\\u0000":"a"}' }, unstorable('extensions')],
  [
    'a text of 1 MB',
    { TerminatingIdentifier: json('y'.repeat(1_000_000)) },
    unstorable('terminatingIdentifier'),
  ],
  ['extensions of 9 kB', { Extensions: json({ a: 'z'.repeat(9000) }) }, unstorable('extensions')],
  ['extensions that are a list', { Extensions: '[1]' }, mapped('invalid_value', 'extensions')],
  ['an object for a text', { UsageClassName: '{"a":1}' }, mapped('invalid_value', 'usageClass')],
  ['a word for a boolean', { Inbound: '"perhaps"' }, mapped('invalid_value', 'inbound')],
  ['a fraction for an integer', { PrimaryDataRow: '1.5' }, mapped('invalid_value', 'primaryDataRow')],
  [
    'a member __proto__',
    { ['__proto__']: '{"Value":1}' },
    { stage: 'decode', step: 'decode-json', code: 'malformed_row', field: null },
  ],
  [
    'no usage class',
    { UsageClassName: null },
    { stage: 'mediate', step: 'normalize', code: 'missing_field', field: 'usageClass' },
  ],
  ['no identifier', { OriginatingIdentifier: null }, resolved('missing_field')],
  ['an unknown identifier', { OriginatingIdentifier: '"acct-999999"' }, resolved('identifier_not_found')],
  [
    'an identifier in other case',
    { OriginatingIdentifier: '"ACCT-100045"' },
    resolved('identifier_not_found'),
  ],
  [
    'an identifier before its time',
    { OriginatingIdentifier: '"moved-in"' },
    resolved('identifier_not_valid_at_date'),
  ],
  ['an identifier of two owners', { OriginatingIdentifier: '"shared"' }, resolved('identifier_ambiguous')],
  ['a class without a rate', { UsageClassName: '"Minutes"' }, unrated],
  ['a type without a rate', { UsageClassTypeName: null }, unrated],
];
