import {
  ExactNumber,
  type Expression,
  PipelineRecord,
  RecordError,
  type Rating,
  type RecordResult,
  type StepContext,
  type UsageFields,
  evaluateCondition,
} from 'feedmill/pipeline';
import { parseExactJson } from '../envelope/index.js';
import type { LivePart } from './live-usage.js';

/**
 * Whether a feed's `replaceWhen` calls the record that was sent better than the live one, or why that cannot be told. The
 * condition sees both as `sent` and `live`: the usage fields, of the first part where a record was split, and `parts`.
 */
export async function chooseBetter(
  replaceWhen: Expression,
  context: StepContext,
  live: readonly LivePart[],
  result: RecordResult,
): Promise<boolean | { readonly problem: string }> {
  const sent =
    result.kind === 'usage' ? fieldsOf(result.parts) : result.kind === 'skip' ? exact(result.fields) : {};
  const both = { sent, live: fieldsOf(live) } as unknown as UsageFields;
  try {
    return await evaluateCondition(replaceWhen, new PipelineRecord(result.index, 0, {}, both), context);
  } catch (error) {
    if (error instanceof RecordError) return { problem: error.message };
    throw error;
  }
}

function fieldsOf(parts: readonly LivePart[]) {
  const seen = parts.map((part) => exact({ ...part, extensions: parseExactJson(part.extensions) }));
  return { ...seen[0], parts: seen };
}

/** Quantities and money are numbers to a condition, as the field `value` is to every other. */
function exact<
  T extends { value?: string; rating?: Pick<Rating, 'quantity' | 'amount' | 'currency'> | null },
>(fields: T) {
  const { value, rating } = fields;
  return {
    ...fields,
    ...(value !== undefined && { value: new ExactNumber(value) }),
    ...(rating && {
      rating: {
        ...rating,
        quantity: new ExactNumber(rating.quantity),
        amount: new ExactNumber(rating.amount),
      },
    }),
  };
}
