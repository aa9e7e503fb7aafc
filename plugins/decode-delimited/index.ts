import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { ConfigError, RecordError, defineStep, type DecodedRecord, type RawRecord } from 'feedmill/pipeline';
import { splitRow } from './split-row.js';

const MAX_COLUMNS = 1000;
const MAX_NAME_LENGTH = 200;

class Config {
  @JSONSchema({
    description: 'Names of the columns, in the order of the row; they become the decoded fields.',
  })
  @MaxLength(MAX_NAME_LENGTH, { each: true })
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayUnique()
  @ArrayMaxSize(MAX_COLUMNS)
  @ArrayNotEmpty()
  columns!: string[];

  @JSONSchema({ description: 'Whether blanks around fields that are not quoted are dropped.' })
  @IsBoolean()
  trim = false;

  @JSONSchema({
    description:
      'What an empty column becomes: no field at all (`missing`), `null`, or an empty text (`text`).',
  })
  @IsIn(['missing', 'null', 'text'])
  emptyAs: 'missing' | 'null' | 'text' = 'missing';

  @JSONSchema({ description: "What separates columns, in place of the feed's `rows.delimiter`." })
  @IsOptional()
  @Length(1, 8)
  @IsString()
  delimiter?: string;

  @JSONSchema({ description: "What quotes a column, in place of the feed's `rows.quote`; empty for none." })
  @IsOptional()
  @Matches(/^[^\r\n]?$/u, { message: 'quote must be one character or empty' })
  @IsString()
  quote?: string;
}

export default defineStep({
  type: 'decode-delimited',
  version: 1,
  stage: 'decode',
  format: 'rows',
  title: 'Decode delimited rows',
  description:
    'Reads a row such as a line of a CSV file into named fields, all of them texts. Rows follow RFC 4180 with the ' +
    "feed's delimiter and quote. A row that has more or fewer columns than the profile names becomes an exception, " +
    'as does one whose quotes do not add up: nothing is guessed, shifted or cut.',
  config: Config,
  errorCodes: {
    malformed_row:
      'The row has another number of columns than named, an unclosed or misplaced quote, or a line break outside of quotes.',
  },
  examples: [
    { title: 'Three columns, syntax of the feed', config: { columns: ['date', 'account', 'value'] } },
    {
      title: 'Semicolons and no quotes, blanks dropped, empty columns kept as empty texts',
      config: { columns: ['date', 'value'], delimiter: ';', quote: '', trim: true, emptyAs: 'text' },
    },
  ],
  fields: (config: Config) => config.columns,
  create(config: Config) {
    const { columns, trim, emptyAs } = config;
    if (columns.includes('__proto__')) {
      const pointer = `/columns/${columns.indexOf('__proto__')}`;
      throw new ConfigError([{ pointer, code: 'invalid_value', message: '"__proto__" cannot be a column' }]);
    }
    return {
      decode(raw: RawRecord, { feed }): DecodedRecord {
        if (typeof raw !== 'string')
          throw new RecordError('malformed_row', 'the record is not a row of text');
        const fields = splitRow(raw, {
          delimiter: config.delimiter ?? feed.rows?.delimiter ?? ',',
          quote: config.quote ?? feed.rows?.quote ?? '"',
          trim,
        });
        if (fields.length !== columns.length) throw wrongCount(columns.length, fields.length);
        const record: Record<string, string | null> = {};
        for (let i = 0; i < columns.length; i++) {
          const field = fields[i]!;
          if (field !== '' || emptyAs === 'text') record[columns[i]!] = field;
          else if (emptyAs === 'null') record[columns[i]!] = null;
        }
        return record;
      },
    };
  },
});

function wrongCount(expected: number, found: number): RecordError {
  return new RecordError(
    'malformed_row',
    `the row has ${found} ${found === 1 ? 'column' : 'columns'}; the profile names ${expected}`,
    {
      details: { expected, found },
    },
  );
}
