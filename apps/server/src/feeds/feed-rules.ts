import { isTimeZone, readConfig, toInstant } from 'feedmill/pipeline';
import { type ProblemDetail, bodyProblems } from '../common/index.js';
import { FACTS, FOREVER, KEEP_FOREVER, isKeepable } from '../retention/index.js';
import { isDuration } from './duration.js';
import { FeedDto } from './feed.dto.js';
import { FEED_DEFAULTS, type FeedDefinition, ROW_SYNTAX, type RowSyntax } from './feed.js';
import { mergePatch } from './merge-patch.js';
import { readUsageKey } from './usage-key.js';

const MAX_PARAMETERS_BYTES = 16 * 1024;
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

export interface ReadFeed {
  /** Usable only where there are no problems. */
  readonly definition: FeedDefinition;
  readonly problems: readonly ProblemDetail[];
}

/** Reads a feed as it was written (JSON or YAML), with the defaults filled in, and everything that is wrong with it. */
export function readFeed(written: unknown): ReadFeed {
  const problems = bodyProblems(FeedDto, written);
  const dto = (isObject(written) ? written : {}) as FeedDto;
  const definition = {
    ...FEED_DEFAULTS,
    ...said(dto),
    rows: dto.format === 'rows' ? { ...ROW_SYNTAX, ...said(dto.rows) } : null,
    retention: { ...KEEP_FOREVER, ...said(dto.retention) },
    usageKey: isObject(dto.usageKey) ? readUsageKey(dto.usageKey, problems) : NO_KEY,
  } as FeedDefinition;
  // Null also where the class has not seen its members: nothing is known of their types then.
  const isChecked = readConfig(FeedDto, written, '').config !== null;
  if (isChecked) problems.push(...ruleProblems(withoutWrong(definition, problems), dto.rows));
  return { definition, problems };
}

/** The members of an object that say something: null is as good as left out. */
function said(written: unknown): object {
  const members = isObject(written) ? Object.entries(written) : [];
  return Object.fromEntries(members.filter(([, value]) => value !== null && value !== undefined));
}

/** The definition with something harmless where a member is wrong already: rules are for what has the right type. */
function withoutWrong(definition: FeedDefinition, problems: readonly ProblemDetail[]): FeedDefinition {
  const harmless: Record<string, unknown> = { ...FEED_DEFAULTS, name: 'feed', rows: null };
  const wrong = problems.map(({ pointer }) => pointer.split('/')[1] ?? '').filter((name) => name in harmless);
  return { ...definition, ...Object.fromEntries(wrong.map((name) => [name, harmless[name]])) };
}

const NO_KEY = { fields: [], onConflict: 'exception' } as const;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a class of members cannot say. */
function* rules(feed: FeedDefinition, rows: unknown): Generator<readonly [boolean, string, string]> {
  const { name, parameters, timeZone } = feed;
  yield [/^\d+$/.test(name), '/name', 'name must not be all digits: that would be an id'];
  yield [
    name !== name.trim() || CONTROL_CHARACTER.test(name),
    '/name',
    'name must not begin or end with a space or have control characters',
  ];
  yield [
    feed.format === 'records' && rows !== undefined && rows !== null,
    '/rows',
    'rows belongs to format rows',
  ];
  yield [isSame(feed.rows), '/rows/quote', 'quote must not be the delimiter'];
  yield [
    !isTimeZone(timeZone),
    '/timeZone',
    'timeZone must be a zone of the IANA database, e.g. Europe/Berlin',
  ];
  yield [
    feed.keyRetention !== 'forever' && !isDuration(feed.keyRetention, { mayBeZero: false }),
    '/keyRetention',
    'keyRetention must be forever or an ISO 8601 duration, e.g. P400D',
  ];
  for (const fact of FACTS) {
    const time = feed.retention[fact];
    yield [
      time !== FOREVER && !(isDuration(time, { mayBeZero: false }) && isKeepable(time)),
      `/retention/${fact}`,
      `${fact} must be forever or an ISO 8601 duration from P1D to P100Y, e.g. P90D`,
    ];
  }
  yield [
    !isDuration(feed.futureTolerance, { mayBeZero: true }),
    '/futureTolerance',
    'futureTolerance must be an ISO 8601 duration, e.g. PT24H',
  ];
  yield [
    feed.expectEvery !== null && !isDuration(feed.expectEvery, { mayBeZero: false }),
    '/expectEvery',
    'expectEvery must be an ISO 8601 duration, e.g. PT24H',
  ];
  yield [
    feed.acceptUsageSince !== null && !isMoment(feed.acceptUsageSince, timeZone),
    '/acceptUsageSince',
    'acceptUsageSince must be a date, a moment, or an ISO 8601 duration back from now',
  ];
  yield [
    JSON.stringify(parameters).length > MAX_PARAMETERS_BYTES,
    '/parameters',
    'parameters must be at most 16 kB of JSON',
  ];
}

function ruleProblems(feed: FeedDefinition, rows: unknown): ProblemDetail[] {
  return [...rules(feed, rows)]
    .filter(([isBroken]) => isBroken)
    .map(([, pointer, message]) => ({ pointer, code: 'invalid_value', message }));
}

const isSame = (rows: RowSyntax | null): boolean => rows !== null && rows.delimiter === rows.quote;

function isMoment(text: string, timeZone: string): boolean {
  if (isDuration(text, { mayBeZero: false })) return true;
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC';
  return 'date' in toInstant(text, { timeZone: zone, dstOverlap: 'earlier', dstGap: 'shift' });
}

/**
 * A definition changed by a JSON merge patch: null sets a member, also one within another, back to its default. Rows of
 * another format and a usage key of the other kind (`fields` or `none`) are begun anew.
 */
export function patched(current: FeedDefinition, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const { format, usageKey } = patch as Partial<Record<string, unknown>>;
  const isOtherFormat = format !== undefined && format !== current.format;
  const isNone = isObject(usageKey) && 'none' in usageKey && usageKey.none === true;
  const isOtherKind = isObject(usageKey) && isNone !== 'none' in current.usageKey;
  return mergePatch(
    {
      ...current,
      rows: isOtherFormat ? null : current.rows,
      usageKey: isOtherKind ? null : current.usageKey,
    },
    patch,
  );
}
