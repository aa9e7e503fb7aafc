import type { FunctionOverride } from './bounded-functions.js';
import { toDouble } from './decimal-operators.js';
import { ExpressionFailure } from './failure.js';
import type { Focus } from './natives.js';
import * as natives from './natives.js';

/** Variable that holds the import's time. Not a name that an expression can write. */
export const ACCEPTED_AT = ' acceptedAt';

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
];

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

function unusable(what: string, value: string): ExpressionFailure {
  return new ExpressionFailure('unusable_picture', {
    message: `The ${what} ${JSON.stringify(value.slice(0, 64))} cannot be used here`,
  });
}
