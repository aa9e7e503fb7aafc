import { defineStep, extensionName, ok, type PipelineRecord } from 'feedmill/pipeline';
import { Config } from './config.js';
import { compileOperations } from './transform-text.js';

export default defineStep({
  type: 'transform-text',
  version: 1,
  stage: 'mediate',
  title: 'Transform texts',
  description:
    'Does one thing after the other to texts: upper and lower case, blanks, another text for a part or for the whole of ' +
    'it, filling up to a length, and replacing or extracting by regular expressions that are matched in linear time. ' +
    "Before map-fields it sets fields under the source's own names, which then stand before those of the source. What " +
    'is missing is an exception unless it is optional. It is faster than an expression for the same.',
  config: Config,
  errorCodes: {
    missing_field: 'There is no text to transform, or nothing is left of it.',
    invalid_value:
      'The value is no text, is too long, is not among the values of a map, or has nothing to extract.',
  },
  examples: [
    {
      title: 'A class in upper case with single blanks, and names for codes',
      config: {
        operations: [
          { field: 'usageClass', trim: 'collapse' },
          { field: 'usageClass', case: 'upper' },
          {
            field: 'usageClassType',
            from: 'type',
            map: { values: { M: 'Mobile', F: 'Fixed' }, others: 'keep' },
          },
        ],
      },
    },
    {
      title: 'The number of a SIP address, without its dashes, and an account of ten digits',
      config: {
        operations: [
          { field: 'called', extract: { pattern: '^sips?:([^@;]+)', ignoreCase: true } },
          { field: 'called', substitute: { text: '-', with: '' } },
          { field: 'account', pad: { length: 10, with: '0' } },
          { field: 'trunk', replace: { pattern: '^(\\w+)/.*$', with: '$1' }, optional: true },
        ],
      },
    },
  ],
  provides: ({ operations }: Config) => [
    ...new Set(operations.map(({ field }) => (extensionName(field) === null ? field : 'extensions'))),
  ],
  create(config: Config) {
    const transform = compileOperations(config.operations);
    return {
      apply(record: PipelineRecord) {
        transform(record);
        return ok();
      },
    };
  },
});
