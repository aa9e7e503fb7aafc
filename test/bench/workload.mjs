/** What the benchmark sets up and sends: classes, regions, prices, identifiers, the profile and the feed. */

export const IDENTIFIERS = 100_000;
export const REGIONS = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'eu-west-1',
  'eu-west-2',
  'eu-central-1',
  'ap-south-1',
  'ap-southeast-2',
  'sa-east-1',
];
export const PLANS = ['free', 'growth', 'business', 'enterprise'];
export const OPERATIONS = ['generateReport', 'listObjects', 'putObject', 'search'];
export const RATE_PLAN = 'benchmark';
export const CURRENCY = 'USD';

/** Values are integers of 10^-10 here: that holds bytes counted in KiB as MiB, exactly. */
export const VALUE_DIGITS = 10;
/** Prices are integers of 10^-11. */
export const PRICE_DIGITS = 11;
/** Amounts are rounded half up to so many digits behind the point. */
export const AMOUNT_DIGITS = 6;

/**
 * The classes: the name as sent (the profile trims it and brings it to upper case), the type, the text of a value by a
 * number of 1 to `max`, and what one such unit is in integers of `VALUE_DIGITS`.
 */
export const CLASSES = [
  { sent: 'API Requests', type: 'Requests', max: 5000, text: String, unit: 10n ** 10n },
  { sent: ' Data Transfer', type: 'Bytes', max: 65_536, text: (n) => String(n * 1024), unit: 9_765_625n },
  { sent: 'Voice ', type: 'Minutes', max: 9_000, text: (n) => (n / 100).toFixed(2), unit: 10n ** 8n },
  { sent: 'Messages', type: 'Messages', max: 300, text: String, unit: 10n ** 10n },
  {
    sent: 'Storage',
    type: 'GigabyteHours',
    max: 750_000,
    text: (n) => (n / 1000).toFixed(3),
    unit: 10n ** 7n,
  },
];

export const identifierOf = (n) => `acct-${100_000 + n}`;
export const accountOf = (n) => `A-${100_000 + n}`;
export const serviceOf = (n) => `S-${100_000 + n}`;
export const classNameOf = ({ sent }) => sent.trim().toUpperCase();

/** The price of a class in a region, in integers of `PRICE_DIGITS`. */
export const priceOf = (classIndex, regionIndex) =>
  40_000_125n + BigInt(classIndex * 1_250_007 + regionIndex * 310_001);

/** An integer of so many digits behind the point, as a decimal text. */
export function decimalText(integer, digits) {
  const text = integer.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return fraction ? `${text.slice(0, -digits)}.${fraction}` : text.slice(0, -digits);
}

/** @param times what prices are multiplied by */
export const ratePlan = (times = 1n) => ({
  currency: CURRENCY,
  rates: CLASSES.flatMap((usageClass, c) =>
    REGIONS.map((region, r) => ({
      usageClass: classNameOf(usageClass),
      usageClassType: usageClass.type,
      match: { region },
      unitPrice: decimalText(times * priceOf(c, r), PRICE_DIGITS),
      scale: AMOUNT_DIGITS,
      rounding: 'halfUp',
    })),
  ),
});

export const identifiers = () =>
  Array.from({ length: IDENTIFIERS }, (_, n) => ({
    type: 'Account',
    value: identifierOf(n),
    accountId: accountOf(n),
    serviceId: serviceOf(n),
  }));

/** Decode, map, three expressions, leave out zeros, resolve, rate. */
export const PROFILE = {
  decode: { use: 'decode-json@1', config: {} },
  steps: [
    {
      use: 'map-fields@1',
      config: {
        fields: [
          { field: 'date', fromFirst: ['Date', 'DateTime'] },
          { field: 'identifierType', from: 'UdrIdentifierTypeName' },
          { field: 'originatingIdentifier', from: 'OriginatingIdentifier' },
          { field: 'terminatingIdentifier', from: 'TerminatingIdentifier' },
          { field: 'usageIdentifier', from: 'UdrUsageIdentifier' },
          { field: 'value', from: 'Value' },
          { field: 'usageClass', from: 'UsageClassName' },
          { field: 'usageClassType', from: 'UsageClassTypeName' },
          { field: 'inbound', from: 'Inbound', default: false },
          { field: 'primaryDataRow', from: 'PrimaryDataRow' },
        ],
        extensions: { from: 'Extensions' },
      },
    },
    {
      use: 'normalize@1',
      config: {
        fields: [
          { field: 'usageClass', expression: '$uppercase($trim(UsageClassName))' },
          { field: 'value', expression: 'UsageClassTypeName = "Bytes" ? Value / 1048576 : Value' },
          {
            field: 'extensions.tariff',
            expression: '$lookup(Extensions,"region") & "/" & $lookup(Extensions,"plan")',
          },
        ],
      },
    },
    { use: 'filter@1', config: { skipWhen: { field: 'value', equals: '0' }, reason: 'zero_value' } },
    { use: 'resolve-identifier@1', config: {} },
    { use: 'rate-usage@1', config: { plan: RATE_PLAN } },
  ],
};

export const feedOf = (name) => ({
  name,
  apiName: name,
  format: 'records',
  profile: RATE_PLAN,
  usageKey: { fields: ['UdrUsageIdentifier'] },
});
