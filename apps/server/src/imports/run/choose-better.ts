import {
  type Expression,
  PipelineRecord,
  RecordError,
  type RecordResult,
  type StepContext,
  type UsageFields,
  evaluateCondition,
} from 'feedmill/pipeline';
import { parseExactJson } from '../envelope/index.js';
import type { LivePart, LiveUsage } from './live-usage.js';

/**
 * Whether a feed's `replaceWhen` calls the record that was sent better than the live one, or why that cannot be told. The
 * condition sees both as `sent` and `live`: the usage fields, of the first part where a record was split, and `parts`.
 */
export async function chooseBetter(
  replaceWhen: Expression,
  context: StepContext,
  live: LiveUsage,
  result: RecordResult,
): Promise<boolean | { readonly problem: string }> {
  const sent = result.kind === 'usage' ? fieldsOf(result.parts) : result.kind === 'skip' ? result.fields : {};
  const both = { sent, live: fieldsOf(live) } as unknown as UsageFields;
  try {
    return await evaluateCondition(replaceWhen, new PipelineRecord(result.index, 0, {}, both), context);
  } catch (error) {
    if (error instanceof RecordError) return { problem: error.message };
    throw error;
  }
}

function fieldsOf(parts: LiveUsage) {
  const seen = parts.map((part: LivePart) => ({ ...part, extensions: parseExactJson(part.extensions) }));
  return { ...seen[0], parts: seen };
}
