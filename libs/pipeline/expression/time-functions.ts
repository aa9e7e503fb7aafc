import { fromMicros, toInstant } from '../instant.js';
import { isTimeZone, toLocalMicros } from '../time-zone.js';
import type { FunctionOverride } from './bounded-functions.js';
import { toDouble } from './decimal-operators.js';
import { ExpressionFailure } from './failure.js';
import type { Focus } from './natives.js';
import * as natives from './natives.js';

/** Variables that hold the import's time and the feed's zone. Not names that an expression can write. */
export const ACCEPTED_AT = ' acceptedAt';
export const FEED_ZONE = ' feedZone';

const MAX_PICTURE_LENGTH = 128;
const MAX_TEXT_LENGTH = 128;
/** A time of day without a zone at the end: JSONata would take the machine's zone. */
const WITHOUT_ZONE = /T\d\d:\d\d:\d\d(?:\.\d+)?$/;

/** `$now` and `$millis` are the import's time, so that a reprocessing sees the same. */
export const TIME_FUNCTIONS: readonly FunctionOverride[] = [
  {
    name: 'now',
    signature: '<s?s?:s>',
    implementation(picture?: string, zone?: string) {
      return natives.fromMillis.call(this, acceptedMillis(this), bounded(picture), zone);
    },
  },
  {
    name: 'millis',
    signature: '<:n>',
    implementation: function () {
      return acceptedMillis(this);
    },
  },
  {
    name: 'fromMillis',
    signature: '<(ns)-s?s?:s>',
    implementation(millis?: unknown, picture?: string, zone?: string) {
      return natives.fromMillis.call(this, toDouble(millis, 'fromMillis'), bounded(picture), zone);
    },
  },
  {
    name: 'toMillis',
    signature: '<s-s?:n>',
    implementation(text?: string, picture?: string) {
      if (text !== undefined && text.length > MAX_TEXT_LENGTH) throw unusable('text', text);
      if (picture === undefined) {
        return natives.toMillis.call(this, text && WITHOUT_ZONE.test(text) ? `${text}Z` : text);
      }
      if (!isUnambiguous(picture)) throw unusable('picture', picture);
      // What the picture leaves out (the year, say) is taken from the import's time.
      const environment = { lookup: () => undefined, timestamp: new Date(acceptedMillis(this)) };
      return natives.toMillis.call({ environment }, text, bounded(picture));
    },
  },
  {
    name: 'localTime',
    signature: '<s-s?:s>',
    implementation(text?: string, zone?: string) {
      const timeZone = zone ?? (this.environment.lookup(FEED_ZONE) as string);
      return text === undefined ? undefined : localTime(text, timeZone);
    },
  },
];

/** What clocks in a zone show at a moment, `HH:mm:ss`: tariffs by time of day compare it as a text. */
function localTime(text: string, timeZone: string): string {
  if (!isTimeZone(timeZone)) throw unusable('time zone', timeZone, 'unusable_time');
  const instant = toInstant(text, { timeZone, dstOverlap: 'earlier', dstGap: 'reject' });
  if ('problem' in instant) throw unusable('moment', text, 'unusable_time');
  return fromMicros(toLocalMicros(instant.micros, timeZone)).slice(11, 19);
}

function acceptedMillis(focus: Focus): number {
  return Date.parse(focus.environment.lookup(ACCEPTED_AT) as string);
}

/** A picture can ask for any width (`[Y,300000000]`), and the text would be made. */
function bounded(picture?: string): string | undefined {
  if (picture !== undefined && (picture.length > MAX_PICTURE_LENGTH || /[,-]\s*\d{4,}/.test(picture))) {
    throw unusable('picture', picture);
  }
  return picture;
}

/**
 * JSONata parses by a backtracking regular expression: it stays quick where something stands between
 * two parts that neither of them can be, or they are digits of fixed width (`[Y0001][M01]`). Numbers
 * in words have no such form.
 */
function isUnambiguous(picture: string): boolean {
  const parts = [...picture.matchAll(/\[([^\]]*)\]/g)];
  return parts.every((part, i) => {
    if (/^.\s*[wW]/.test(part[1]!)) return false;
    const next = parts[i + 1];
    if (!next) return true;
    const between = picture.slice(part.index + part[0].length, next.index);
    if (between === '') return /\d/.test(part[1]!) && /\d/.test(next[1]!);
    const isName = [part, next].map(([, text]) => /^.\s*[Nn]/.test(text!));
    if (isName[0] !== isName[1]) return /[^A-Za-z0-9]/.test(between);
    return isName[0] ? /[^A-Za-z]/.test(between) : /\D/.test(between);
  });
}

function unusable(what: string, value: string, code = 'unusable_picture'): ExpressionFailure {
  return new ExpressionFailure(code, {
    message: `The ${what} ${JSON.stringify(value.slice(0, 64))} cannot be used here`,
  });
}
