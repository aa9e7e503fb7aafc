import { ApiProperty } from '@nestjs/swagger';
import {
  Allow,
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { toJsonText } from 'feedmill/pipeline';
import { type ProblemDetail, bodyProblems, refusedBody } from '../common/index.js';

const MAX_RECORDS = 100;

/** What a preview is of. */
export class PreviewDto {
  /** A saved version, draft or not; the published one where neither it nor `draft` is given. */
  @IsOptional()
  @IsInt({ message: 'version must be a whole number' })
  @Max(999_999_999)
  @Min(1)
  version?: number;

  /** What a version would hold, unsaved; or true: the draft that was saved last. */
  @ApiProperty({
    required: false,
    oneOf: [{ type: 'object', additionalProperties: true }, { type: 'boolean' }],
  })
  @IsOptional()
  @Allow()
  draft?: object | true;

  /** Id or API name of the feed whose zone, row syntax, parameters and usage key are used; UTC and nothing else without it. */
  @ApiProperty({ required: false, oneOf: [{ type: 'string' }, { type: 'integer' }] })
  @IsOptional()
  @Matches(/^[A-Za-z0-9]{1,100}$/, { message: 'feed must be the id or the API name of a feed' })
  feed?: string;

  /** Up to 100 records: texts of rows or objects, as the profile reads them. Numbers are kept as they are written. */
  @ApiProperty({
    type: 'array',
    maxItems: MAX_RECORDS,
    items: { oneOf: [{ type: 'object', additionalProperties: true }, { type: 'string' }] },
  })
  @ArrayMaxSize(MAX_RECORDS, { message: `records must be at most ${MAX_RECORDS}` })
  @ArrayNotEmpty({ message: 'records must have at least one' })
  @IsArray()
  records!: unknown[];
}

export interface Preview extends Pick<PreviewDto, 'version' | 'draft' | 'feed'> {
  /** JSON texts. */
  readonly records: readonly string[];
}

/** Stands for each record while the rest is checked: what is in one is the profile's to say. */
const SOME_RECORD = '';

/**
 * @param body with numbers kept as they were written
 * @throws Problem 422 `invalid_preview` with every problem
 */
export function readPreview(body: unknown): Preview {
  const { records, draft, feed, ...rest } = membersOf(body);
  const named = typeof feed === 'number' ? String(feed) : feed;
  const plainDraft = draft === undefined ? undefined : (JSON.parse(toJsonText(draft)) as unknown);
  const shape = Array.isArray(records) ? records.map(() => SOME_RECORD) : records;
  const plain = withoutUndefined({ ...rest, feed: named, draft: plainDraft, records: shape });
  const problems = [...bodyProblems(PreviewDto, plain), ...choiceProblems(rest.version, plainDraft)];
  if (problems.length) throw refusedBody('invalid_preview', problems);
  const { version } = rest as Pick<PreviewDto, 'version'>;
  return {
    ...(version !== undefined && version !== null && { version }),
    ...withoutUndefined({ draft: plainDraft ?? undefined, feed: named ?? undefined }),
    records: (records as unknown[]).map(toJsonText),
  };
}

function membersOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  throw refusedBody('invalid_preview', bodyProblems(PreviewDto, body ?? []));
}

function choiceProblems(version: unknown, draft: unknown): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  const refuse = (pointer: string, message: string) =>
    problems.push({ pointer, code: 'invalid_value', message });
  if (draft === undefined || draft === null) return problems;
  if (version !== undefined && version !== null) refuse('/draft', 'cannot be given with version');
  if (draft !== true && (typeof draft !== 'object' || Array.isArray(draft)))
    refuse('/draft', 'must be {"decode", "steps"}, or true for the draft that was saved last');
  return problems;
}

function withoutUndefined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined));
}
