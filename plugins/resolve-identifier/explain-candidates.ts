import {
  evaluateCondition,
  toMicros,
  type Identifier,
  type PipelineRecord,
  type StepContext,
} from 'feedmill/pipeline';
import type { Candidate } from './candidates.js';
import { findOwner, toDate, toType, type KnownIdentifiers, type Wanted } from './owner.js';

/** Identifiers of one value that are shown. */
const MAX_SHOWN = 20;

/** What became of each candidate, with every identifier of its value and why it was not the one. */
export async function explainCandidates(
  candidates: readonly Candidate[],
  record: PipelineRecord,
  context: StepContext,
  known: KnownIdentifiers,
): Promise<object> {
  const { date, identifierType } = record.fields;
  if (date === undefined) return { candidates: [] };
  const tried: object[] = [];
  let isFound = false;
  for (const { field, type, valueOf, concerns, when, whenName } of candidates) {
    const value = valueOf(record);
    const candidate = { field, type: toType(type ?? identifierType), value };
    const obstacle = isFound
      ? 'not_tried'
      : !concerns(record) || (when !== null && !(await evaluateCondition(when, record, context, whenName)))
        ? 'not_concerned'
        : value === null
          ? 'no_value'
          : null;
    if (obstacle !== null) {
      tried.push({ ...candidate, result: obstacle });
      continue;
    }
    const looked = lookUp(candidate as Wanted, toMicros(date), known);
    isFound = looked.result !== 'not_found';
    tried.push({ ...candidate, ...looked });
  }
  return { date, candidates: tried };
}

function lookUp(wanted: Wanted, micros: number, known: KnownIdentifiers) {
  const owner = findOwner(wanted, micros, known);
  const isRejected = owner !== null && 'kind' in owner;
  const rows = known.get(wanted.value) ?? [];
  return {
    result: owner === null ? 'not_found' : isRejected ? owner.code : 'owner',
    identifiers: rows.slice(0, MAX_SHOWN).map((row) => ({
      ...shown(row),
      result: row === owner ? 'owner' : misfitOf(row, wanted, micros),
    })),
    ...(rows.length > MAX_SHOWN && { moreIdentifiers: rows.length - MAX_SHOWN }),
  };
}

function misfitOf({ type, validFrom, validTo }: Identifier, wanted: Wanted, micros: number): string {
  if (wanted.type !== null && type !== wanted.type) return 'other_type';
  if (micros < validFrom) return 'not_yet_valid';
  return micros < validTo ? 'valid' : 'no_longer_valid';
}

const shown = ({ type, accountId, serviceId, attributes, validFrom, validTo }: Identifier) => ({
  type,
  accountId,
  serviceId,
  attributes,
  validFrom: toDate(validFrom),
  validTo: toDate(validTo),
});
