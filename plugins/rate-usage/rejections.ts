import { reject, type Outcome, type PipelineRecord, type Rate, type RatePlan } from 'feedmill/pipeline';
import type { PlanName } from './plan-names.js';
import type { RateQuery } from './rate-index.js';

/** Rates that an exception lists; more would only repeat the message. */
const MAX_LISTED = 10;

export function missingField(field: string): Outcome {
  return reject('missing_field', `${field}: the record has none to rate by`, { field });
}

/** No plan has a rate; adding it to the last one, the most general, is what would heal most. */
export function rateNotFound(
  record: PipelineRecord,
  names: readonly PlanName[],
  isKnown: (plan: string) => boolean,
  query: RateQuery,
): Outcome {
  const { usageClass, usageClassType } = query;
  const { date } = record.fields;
  const asked = names.map(({ of }) => of(record)).filter((name) => name !== undefined);
  const skipped = names.filter(({ of }) => of(record) === undefined).map(({ template }) => template);
  const unknown = asked.filter((name) => !isKnown(name));
  const last = asked.at(-1);
  return reject('rate_not_found', notFoundMessage(asked, skipped, unknown, query, date!), {
    field: 'usageClass',
    ...(last !== undefined && {
      missing: {
        kind: 'rate',
        value: [last, usageClass, ...(usageClassType === null ? [] : [usageClassType])].join('/'),
      },
    }),
    details: { usageClass, usageClassType, date, plans: asked, unknownPlans: unknown, skippedPlans: skipped },
  });
}

function notFoundMessage(
  asked: readonly string[],
  skipped: readonly string[],
  unknown: readonly string[],
  query: RateQuery,
  date: string,
): string {
  if (asked.length === 0)
    return `the record lacks the fields in the names of its rate plans ${listed(skipped)}`;
  if (unknown.length === asked.length) return `there is no rate plan ${listed(asked)}`;
  return `no rate for ${className(query)} in ${asked.length > 1 ? 'plans' : 'plan'} ${listed(asked)} at ${date}`;
}

export function rateAmbiguous(plan: RatePlan, query: RateQuery, rates: readonly Rate[]): Outcome {
  const list = rates.slice(0, MAX_LISTED).map(({ id, usageClassType, match, unitPrice }) => ({
    rateId: id,
    usageClassType,
    match,
    unitPrice,
  }));
  const message = `${rates.length} rates of plan "${plan.name}" fit ${className(query)} equally well`;
  return reject('rate_ambiguous', message, {
    field: 'usageClass',
    details: { plan: plan.name, rates: list },
  });
}

function className({ usageClass, usageClassType }: RateQuery): string {
  return usageClassType === null ? `${usageClass}, without a type` : `${usageClass}/${usageClassType}`;
}

const listed = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ');
