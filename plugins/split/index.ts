import {
  ConfigError,
  defineStep,
  extensionName,
  type PipelineRecord,
  type StepContext,
} from 'feedmill/pipeline';
import { compileElementSplit } from './by-element.js';
import { compileIntervalSplit } from './by-interval.js';
import { Config } from './config.js';
import { compileSharing } from './shared-fields.js';

export default defineStep({
  type: 'split',
  version: 1,
  stage: 'mediate',
  title: 'Split into parts',
  description:
    'Makes several usage entries of one record: a part for each quarter of an hour, hour, day, week or month that it ' +
    'lasts, cut where clocks of its zone show the boundary, or a part for each element of a list. Values are shared in ' +
    'proportion to time, by a weight or equally; the shares add up to the whole to the last digit. The record stays ' +
    'one: its usage key covers all parts, and one rejected part makes it an exception.',
  config: Config,
  errorCodes: {
    missing_field:
      'The record has no date, duration, end, list or value to share, or an element lacks a member.',
    invalid_value:
      'A duration, end, element or weight cannot be read, ends before it begins, or gives more than 1,000 parts.',
  },
  examples: [
    {
      title: 'Meter readings over quarters of an hour',
      config: { interval: { every: 'PT15M', duration: 'minutes', unit: 'minutes' }, scale: 3 },
    },
    {
      title: 'Calls over local midnight, whose value is their length in seconds',
      config: { interval: { every: 'P1D', duration: 'value' } },
    },
    {
      title: 'Invoice lines, each with its own value and class',
      config: {
        elements: {
          from: 'Extensions.lines',
          fields: [
            { field: 'value', from: 'quantity' },
            { field: 'usageClass', from: 'sku' },
          ],
        },
      },
    },
    {
      title: 'One value shared by the members of a group',
      config: {
        elements: {
          from: 'members',
          fields: [{ field: 'originatingIdentifier', from: 'id' }],
          weight: 'seats',
        },
        share: ['value'],
        scale: 2,
      },
    },
  ],
  requires: (config: Config) => [
    ...(config.interval ? ['date'] : []),
    ...(sharedOf(config).includes('value') ? ['value'] : []),
  ],
  provides: (config: Config) => {
    const { interval, elements } = config;
    const fields = [...sharedOf(config), ...(elements?.fields.map(({ field }) => field) ?? [])];
    if (interval) fields.push('date', ...(interval.secondsTo === undefined ? [] : [interval.secondsTo]));
    return [...new Set(fields.map((field) => (extensionName(field) === null ? field : 'extensions')))];
  },
  create(config: Config) {
    const { interval, elements, scale } = config;
    if ((interval === undefined) === (elements === undefined)) {
      const message = 'needs exactly one of interval, elements';
      throw new ConfigError([{ pointer: '', code: 'invalid_value', message }]);
    }
    const shared = sharedOf(config);
    const share = compileSharing(shared, scale);
    const split = interval
      ? compileIntervalSplit(interval, shared, share)
      : compileElementSplit(elements!, shared, share);
    return { apply: (record: PipelineRecord, { feed }: StepContext) => split(record, feed) };
  },
});

function sharedOf({ share, interval }: Config): readonly string[] {
  return share ?? (interval ? ['value'] : []);
}
