import { defineStep, type PipelineRecord, type StepContext } from 'feedmill/pipeline';
import { Config } from './config.js';
import { Lookup, type Prepared } from './lookup.js';

export default defineStep({
  type: 'lookup',
  version: 1,
  stage: 'mediate',
  title: 'Look up in a table',
  description:
    'Finds the row of a table that fits a record and takes fields from it: the destination of a call by the longest ' +
    'prefix of the number, a tariff zone by country, a band by the range that a quantity or a time of day lies in. ' +
    'Rows with a validity count at the usage date only. A record without a row is an exception, gets defaults, or ' +
    'goes on as it is.',
  config: Config,
  errorCodes: {
    lookup_not_found: 'No row of the table fits the record at its date, or there is no such table.',
    missing_field: 'The record has no value to look up, or no date where rows have validities.',
    invalid_value: 'A value cannot be compared with a column, or a cell cannot be read as what its field is.',
    table_mismatch:
      'The table has not the columns that the step names, has more in its key, or bounds that are no range.',
  },
  examples: [
    {
      title: 'The destination of a call, by the longest prefix',
      config: {
        table: 'destinations',
        match: [{ from: 'terminatingIdentifier', by: 'longestPrefix', column: 'prefix' }],
        set: [
          { field: 'usageClass', column: 'destination' },
          { field: 'extensions.zone', column: 'zone', as: 'integer', default: 0 },
        ],
      },
    },
    {
      title: 'A band by country and time of day',
      config: {
        table: 'bands',
        match: [
          { from: 'country', column: 'country' },
          { from: 'localTime', by: 'range', column: 'from', toColumn: 'to', as: 'text' },
        ],
        set: [{ field: 'usageClassType', column: 'band', default: 'standard' }],
        notFound: 'default',
      },
    },
  ],
  provides: ({ set }: Config) => [
    ...new Set(set.map(({ field }) => (field.startsWith('extensions.') ? 'extensions' : field))),
  ],
  create(config: Config) {
    const lookup = new Lookup(config);
    return {
      async prepare(_: readonly PipelineRecord[], { reference }: StepContext): Promise<Prepared> {
        return lookup.prepare(await reference.table(config.table));
      },
      apply(record: PipelineRecord, _: StepContext, prepared: Prepared) {
        return lookup.apply(record, prepared);
      },
      explain(record: PipelineRecord, _: StepContext, prepared: Prepared): object {
        return lookup.explain(record, prepared);
      },
    };
  },
});
