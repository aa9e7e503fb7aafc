import { type Rating, type UsageEntry, canonicalText, toDecimal } from 'feedmill/pipeline';
import { parseExactJson } from '../envelope/index.js';

/** A text that is equal for equal usage: all fields of all parts, but for ids; numbers by value. */
export function usageText(parts: readonly UsageEntry[]): string {
  return parts.map(partText).join('\n');
}

function partText(part: UsageEntry): string {
  const { resolvedIdentifier: resolved } = part;
  return canonicalText([
    part.date,
    part.timeZone,
    part.identifierType,
    part.originatingIdentifier,
    part.terminatingIdentifier,
    part.usageIdentifier,
    toDecimal(part.value),
    part.usageClass,
    part.usageClassType,
    part.inbound,
    part.reverseRating,
    part.primaryDataRow,
    part.extensions === '{}' ? {} : parseExactJson(part.extensions),
    part.accountId,
    part.serviceId,
    resolved && [resolved.field, resolved.type, resolved.value],
    ratingOf(part.rating),
    ratingOf(part.cost),
  ]);
}

function ratingOf(rating: Rating | null) {
  if (!rating) return null;
  const { source, plan, quantity, unitPrice, amount, currency } = rating;
  return [source, plan, toDecimal(quantity), unitPrice && toDecimal(unitPrice), toDecimal(amount), currency];
}
