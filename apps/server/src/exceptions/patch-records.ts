import {
  ConfigError,
  type DecodedRecord,
  type Expression,
  type FeedContext,
  PipelineRecord,
  RecordError,
  type RecordView,
  type StepContext,
  compileExpression,
  isStorableData,
  toJsonText,
  toView,
} from 'feedmill/pipeline';
import { isOfFormat, parseKeepingNumbers } from '../imports/child.js';
import type { PatchReport, PatchRequest, PatchResult } from '../plugins/child.js';
import { keptNumbers } from './kept-numbers.js';

/** Runs in a child: what a JSONata expression makes of raw records. */
export async function patchRecords({ patch, feed, records }: PatchRequest): Promise<PatchReport> {
  let expression: Expression;
  try {
    expression = compileExpression(patch, '/patch');
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
  const results: PatchResult[] = [];
  for (const { raw, acceptedAt } of records) results.push(await patched(expression, feed, raw, acceptedAt));
  return { results };
}

async function patched(
  expression: Expression,
  feed: PatchRequest['feed'],
  text: string,
  acceptedAt: string,
): Promise<PatchResult> {
  const before = parseKeepingNumbers(text);
  try {
    const after = keptNumbers(await evaluate(expression, before, { feed, acceptedAt }), before);
    if (!isOfFormat(after, feed.format)) return { problem: `The patch gives ${NOT_OF_FORMAT[feed.format]}` };
    if (!isStorableData(after)) return { problem: 'The patch gives a NUL or an invalid Unicode character' };
    const raw = toJsonText(after);
    return { raw, isChanged: raw !== toJsonText(before) };
  } catch (error) {
    if (error instanceof RecordError) return { problem: error.message };
    throw error;
  }
}

const NOT_OF_FORMAT = {
  rows: 'no text, and the feed takes rows',
  records: 'no object, and the feed takes records',
} as const;

/** Expressions see the record itself: its members by name, or the text of a row as `$`. */
async function evaluate(
  expression: Expression,
  raw: unknown,
  { feed, acceptedAt }: { feed: PatchRequest['feed']; acceptedAt: string },
): Promise<unknown> {
  const isRecord = isOfFormat(raw, 'records');
  const record = new PipelineRecord(0, 0, isRecord ? (raw as DecodedRecord) : {});
  const view = isRecord ? toView(record, null) : (raw as RecordView);
  const context = { feed: feed as FeedContext, acceptedAt } as StepContext;
  return expression.evaluateOn(view, record, context);
}
