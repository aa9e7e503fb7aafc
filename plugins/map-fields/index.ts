import { defineStep, ok, type PipelineRecord, type StepContext } from 'feedmill/pipeline';
import { Config } from './config.js';
import { compileMapping } from './map-fields.js';

export default defineStep({
  type: 'map-fields',
  version: 1,
  stage: 'mediate',
  title: 'Map fields',
  description:
    "Sets the usage fields from the source's own: under another name, from the first of several, from a constant or " +
    'a template, and each as what it is: text, decimal, integer, boolean or timestamp. Values are read strictly: what ' +
    'is not clearly a number, a boolean or a moment is an exception, never a guess. Timestamps without an offset are ' +
    "local times of the feed's zone and follow its policies for clock changes.",
  config: Config,
  errorCodes: {
    missing_field: 'A required field has no value in the source.',
    invalid_value: 'A value cannot be read as what its field is.',
  },
  examples: [
    {
      title: 'Rename, the first of two, a default and all extensions',
      config: {
        fields: [
          { field: 'date', fromFirst: ['Date', 'DateTime'] },
          { field: 'originatingIdentifier', from: 'OriginatingIdentifier' },
          { field: 'value', from: 'Value' },
          { field: 'inbound', from: 'Inbound', default: false },
        ],
        extensions: { from: 'Extensions' },
      },
    },
    {
      title: 'A local time, a constant, a template, and words for true and false',
      config: {
        fields: [
          { field: 'date', from: 'start', formats: ['dd/MM/yyyy HH:mm:ss'], timeZone: 'Europe/Berlin' },
          { field: 'value', from: 'kwh' },
          { field: 'usageClass', constant: 'Electricity' },
          { field: 'usageIdentifier', template: '{meter}-{register}' },
          { field: 'reverseRating', from: 'direction', trueValues: ['IN'], falseValues: ['OUT'] },
        ],
        extensions: { fields: { quality: 'quality' } },
      },
    },
  ],
  provides: ({ fields, extensions }: Config) => [
    ...new Set([
      ...fields.map(({ field }) => (field.startsWith('extensions.') ? 'extensions' : field)),
      ...(extensions ? ['extensions'] : []),
    ]),
  ],
  create(config: Config) {
    const map = compileMapping(config);
    return {
      apply(record: PipelineRecord, { feed }: StepContext) {
        map(record, feed);
        return ok();
      },
    };
  },
});
