import { ArrayMaxSize, ArrayUnique, IsArray, IsString, MinLength } from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { ExactNumber, RecordError, defineStep, type DecodedRecord, type RawRecord } from 'feedmill/pipeline';

const MAX_MEMBERS = 1000;
const MAX_DEPTH = 32;

class Config {
  @JSONSchema({ description: 'Members that every record must have, neither null nor blank.' })
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayUnique()
  @ArrayMaxSize(MAX_MEMBERS)
  @IsArray()
  required: string[] = [];
}

export default defineStep({
  type: 'decode-json',
  version: 1,
  stage: 'decode',
  format: 'records',
  title: 'Decode JSON records',
  description:
    'Takes the members of a JSON object as the decoded fields, with their names and values as sent: numbers keep ' +
    'all their digits, nested objects stay nested.',
  config: Config,
  errorCodes: {
    malformed_row: `The record is not a JSON object, has more than ${MAX_MEMBERS} members or is nested more than ${MAX_DEPTH} deep.`,
    missing_field: 'A member that the profile requires is not there, null or blank.',
  },
  examples: [
    { title: 'Any JSON object', config: {} },
    { title: 'Records without these members are exceptions', config: { required: ['Date', 'Value'] } },
  ],
  fields: () => null,
  create({ required }: Config) {
    return {
      decode(raw: RawRecord): DecodedRecord {
        if (!isObject(raw)) throw malformed(`the record is ${nameOf(raw)}, not a JSON object`);
        const members = countMembers(raw, 1);
        if (members > MAX_MEMBERS) {
          throw malformed(`the record has ${members} members; at most ${MAX_MEMBERS} are allowed`);
        }
        for (const name of required) {
          if (isMissing(raw, name))
            throw new RecordError('missing_field', `${name}: the record has none`, { field: name });
        }
        return raw;
      },
    };
  },
});

/** How many members there are, those of nested objects included. */
function countMembers(value: object, depth: number): number {
  if (depth > MAX_DEPTH) throw malformed(`the record is nested more than ${MAX_DEPTH} deep`);
  let members = 0;
  if (Array.isArray(value)) {
    for (const element of value) if (isContainer(element)) members += countMembers(element, depth + 1);
    return members;
  }
  for (const name of Object.keys(value)) {
    if (name === '__proto__') throw malformed('the record has a member "__proto__"');
    const child = (value as DecodedRecord)[name];
    members++;
    if (isContainer(child)) members += countMembers(child, depth + 1);
  }
  return members;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}

function isObject(value: unknown): value is DecodedRecord {
  return isContainer(value) && !Array.isArray(value);
}

function isMissing(record: DecodedRecord, name: string): boolean {
  if (!Object.hasOwn(record, name)) return true;
  const value = record[name];
  return value === null || (typeof value === 'string' && value.trim() === '');
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return value instanceof ExactNumber ? 'a number' : `a ${typeof value}`;
}

function malformed(message: string): RecordError {
  return new RecordError('malformed_row', message);
}
