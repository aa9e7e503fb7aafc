import type { ProblemDetail } from '../common/index.js';
import { FOREVER, daysOf } from '../retention/index.js';

/** A feed as far as it says how long its scope knows keys, and how long the usage is there that they are found by. */
export interface KeyKeeper {
  readonly apiName: string;
  readonly keyRetention: string;
  /** `retention.usage`. */
  readonly usage: string;
}

/** Keys are forgotten a day after their time, by a worker that looks now and then. */
const MARGIN_DAYS = 2;

/**
 * Keys are forgotten by the usage that has them, those of a scope as late as the feed that keeps them longest says:
 * keys whose usage has left before would stay for ever.
 * @param others the other feeds of the scope
 */
export function keptTooShort(feed: KeyKeeper, others: readonly KeyKeeper[]): ProblemDetail[] {
  const all = [feed, ...others];
  if (all.some(({ keyRetention }) => keyRetention === FOREVER)) return [];
  const longest = all.reduce((a, b) => (daysOf(b.keyRetention) > daysOf(a.keyRetention) ? b : a));
  const leavesFirst = ({ usage }: KeyKeeper): boolean =>
    usage !== FOREVER && daysOf(usage) < daysOf(longest.keyRetention) + MARGIN_DAYS;
  const code = 'invalid_value';
  const own = leavesFirst(feed)
    ? [
        {
          pointer: '/retention/usage',
          code,
          message: `usage must be kept ${MARGIN_DAYS} days longer than its keys, which feed ${longest.apiName} keeps for ${longest.keyRetention}`,
        },
      ]
    : [];
  const ofOthers = others.filter(leavesFirst).map(({ apiName, usage }) => ({
    pointer: '/keyRetention',
    code,
    message: `keys must be kept ${MARGIN_DAYS} days shorter than usage, which feed ${apiName} of the same scope keeps for ${usage}`,
  }));
  return [...own, ...ofOthers];
}
