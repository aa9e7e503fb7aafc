import { defineStep, extensionName, type PipelineRecord } from 'feedmill/pipeline';
import { Config } from './config.js';
import { compileNumbers } from './normalize-number.js';

export default defineStep({
  type: 'normalize-number',
  version: 1,
  stage: 'mediate',
  title: 'Normalize telephone numbers',
  description:
    'Brings telephone numbers into E.164, however a switch or a form wrote them: national numbers by a default country, ' +
    'international ones with `+`, `00`, `011` or bare digits, with or without blanks and brackets. So identifiers and ' +
    'destinations are looked up by one form. What is not clearly a number, and short codes, are exceptions unless said ' +
    'otherwise. Numbering plans are those of libphonenumber, as of the release of Feedmill.',
  config: Config,
  errorCodes: {
    missing_field: 'A field that is not optional holds no number.',
    invalid_value: 'A text is not a telephone number, is a short code, or names a country that is not known.',
  },
  examples: [
    {
      title: 'Numbers of a US source, with service codes left as they are',
      config: {
        fields: [{ field: 'originatingIdentifier' }, { field: 'terminatingIdentifier', optional: true }],
        country: 'US',
        shortCodes: 'keep',
      },
    },
    {
      title: 'A switch that writes international digits, some with 00 or 011; results in digits',
      config: {
        fields: [{ field: 'terminatingIdentifier', from: 'calledParty' }],
        digits: 'international',
        internationalPrefixes: ['00', '011'],
        check: 'possible',
        format: 'digits',
      },
    },
  ],
  provides: ({ fields }: Config) => [
    ...new Set(fields.map(({ field }) => (extensionName(field) === null ? field : 'extensions'))),
  ],
  create(config: Config) {
    const normalize = compileNumbers(config);
    return { apply: (record: PipelineRecord) => normalize(record) };
  },
});
