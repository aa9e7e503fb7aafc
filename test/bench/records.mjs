/**
 * The records that are sent, each a function of its number alone: nothing is kept, and who knows the number knows what
 * must become of it.
 */
import { CLASSES, IDENTIFIERS, OPERATIONS, PLANS, REGIONS, identifierOf } from './workload.mjs';

/** Reported with the results; another seed gives other records of the same kinds. */
export const SEED = 20_261_122;
/** How far back a record that is sent again may lie. */
const RESENT_WITHIN = 20_000;
const FIRST_DATE = Date.UTC(2026, 0, 1);
const SPAN_SECONDS = 90 * 86_400;

/** 32 pseudo-random bits of a number and a purpose (the finalizer of MurmurHash3). */
function bits(n, purpose) {
  let h = Math.imul(n ^ SEED, 0x9e3779b1) ^ Math.imul(purpose + 1, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const below = (limit, n, purpose) => Math.floor((bits(n, purpose) / 2 ** 32) * limit);

/**
 * What record `n` is: of every hundred two are duplicates, one has an unknown identifier, one a bad value, one the
 * value zero. The first hundred has no duplicates, for want of anything before it. In a mix of `exceptions` all
 * identifiers are unknown.
 */
export function kindOf(n, mix) {
  if (mix === 'exceptions') return 'unknown';
  const place = (n + bits(Math.floor(n / 100), 0)) % 100;
  if (place < 2 && n >= 100) return 'duplicate';
  if (place === 2) return 'unknown';
  if (place === 3) return 'bad';
  return place === 4 ? 'zero' : 'good';
}

/** The earlier record that a duplicate repeats. */
function originOf(n, mix) {
  let m = n - 1 - below(Math.min(n - 1, RESENT_WITHIN), n, 1);
  while (m > 0 && kindOf(m, mix) !== 'good') m--;
  while (kindOf(m, mix) !== 'good') m++;
  return m;
}

/** The parts of record `n` that its price depends on, and whose it is. */
export function factsOf(n) {
  const classIndex = below(CLASSES.length, n, 2);
  return {
    classIndex,
    regionIndex: below(REGIONS.length, n, 3),
    units: 1 + below(CLASSES[classIndex].max, n, 4),
    account: below(IDENTIFIERS, n, 5),
  };
}

const hex = (n, purpose) => bits(n, purpose).toString(16).padStart(8, '0');

/** The usage key: ascending, or a UUIDv4. */
export function keyOf(n, keys) {
  if (keys === 'ascending') return `evt-20260101-${String(n).padStart(10, '0')}`;
  const [a, b, c, d] = [hex(n, 10), hex(n, 11), hex(n, 12), hex(n, 13)];
  const variant = '89ab'[bits(n, 14) & 3];
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
}

export const dateOf = (n) =>
  `${new Date(FIRST_DATE + below(SPAN_SECONDS, n, 6) * 1000).toISOString().slice(0, 19)}Z`;
export const planOf = (n) => PLANS[below(PLANS.length, n, 7)];
export const operationOf = (n) => OPERATIONS[below(OPERATIONS.length, n, 8)];

function valueText(kind, usageClass, units, n) {
  if (kind === 'zero') return '0';
  if (kind === 'bad') return ['"n/a"', '"12,50"', '"1 250"', 'true'][bits(n, 9) & 3];
  return usageClass.text(units);
}

/** The JSON text of record `n`. */
export function recordText(n, { keys, mix }) {
  const kind = kindOf(n, mix);
  if (kind === 'duplicate') return recordText(originOf(n, mix), { keys, mix });
  const { classIndex, regionIndex, units, account } = factsOf(n);
  const usageClass = CLASSES[classIndex];
  const identifier = kind === 'unknown' ? `gone-${100_000 + account}` : identifierOf(account);
  return (
    `{"Date":"${dateOf(n)}","UdrIdentifierTypeName":"Unknown","OriginatingIdentifier":"${identifier}",` +
    `"TerminatingIdentifier":"svc-api-gateway","UdrUsageIdentifier":"${keyOf(n, keys)}",` +
    `"Value":${valueText(kind, usageClass, units, n)},"UsageClassName":"${usageClass.sent}",` +
    `"UsageClassTypeName":"${usageClass.type}","Inbound":false,"PrimaryDataRow":1,"Extensions":{` +
    `"region":"${REGIONS[regionIndex]}","plan":"${planOf(n)}","operation":"${operationOf(n)}"}}`
  );
}

/** The bodies of requests that carry the records from `first` on, `perRequest` each. */
export function bodiesOf({ first, records, perRequest, ...stream }) {
  const bodies = [];
  for (let from = first; from < first + records; from += perRequest) {
    const size = Math.min(perRequest, first + records - from);
    const texts = Array.from({ length: size }, (_, i) => recordText(from + i, stream));
    bodies.push(Buffer.from(perRequest === 1 ? texts[0] : `{"data":[${texts.join(',')}]}`));
  }
  return bodies;
}
