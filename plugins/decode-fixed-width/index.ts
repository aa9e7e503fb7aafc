import { ConfigError, RecordError, defineStep, type DecodedRecord, type RawRecord } from 'feedmill/pipeline';
import { Config } from './config.js';
import { placeColumns, rowCutter } from './cut-row.js';

export default defineStep({
  type: 'decode-fixed-width',
  version: 1,
  stage: 'decode',
  format: 'rows',
  title: 'Decode fixed-width rows',
  description:
    'Reads a row whose columns have fixed places into named fields, all of them texts. Places count characters, not ' +
    'bytes. Padding is dropped as each column says. A row that is shorter or longer than its columns becomes an ' +
    'exception, unless the profile says that blanks at the end were cut, or that the rest does not matter.',
  config: Config,
  errorCodes: {
    malformed_row: 'The row is shorter or longer than its columns, or has a line break.',
  },
  examples: [
    {
      title: 'Three columns in sequence, a number padded with zeros',
      config: {
        columns: [
          { name: 'date', length: 14 },
          { name: 'account', length: 10 },
          { name: 'seconds', length: 6, trim: 'start', padding: '0' },
        ],
      },
    },
    {
      title: 'Columns by their place, out of longer rows whose blanks at the end may be cut',
      config: {
        columns: [
          { name: 'called', start: 31, length: 20, trim: 'end' },
          { name: 'calling', start: 11, length: 20, trim: 'end' },
        ],
        shortRows: 'fill',
        longRows: 'cut',
        emptyAs: 'null',
      },
    },
  ],
  fields: ({ columns }: Config) => columns.map(({ name }) => name),
  create(config: Config) {
    const forbidden = config.columns.findIndex(({ name }) => name === '__proto__');
    if (forbidden >= 0) {
      const pointer = `/columns/${forbidden}/name`;
      throw new ConfigError([{ pointer, code: 'invalid_value', message: '"__proto__" cannot be a column' }]);
    }
    const columns = placeColumns(config.columns);
    const cut = rowCutter(columns, config);
    const { emptyAs } = config;
    return {
      decode(raw: RawRecord): DecodedRecord {
        if (typeof raw !== 'string')
          throw new RecordError('malformed_row', 'the record is not a row of text');
        const texts = cut(raw);
        const record: Record<string, string | null> = {};
        for (let i = 0; i < columns.length; i++) {
          const text = texts[i]!;
          if (text !== '' || emptyAs === 'text') record[columns[i]!.name] = text;
          else if (emptyAs === 'null') record[columns[i]!.name] = null;
        }
        return record;
      },
    };
  },
});
