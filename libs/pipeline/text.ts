/** What Postgres cannot hold in a text, and JSON cannot carry: NUL, and halves of surrogate pairs. */
const UNSTORABLE_ALL = /[\0\p{Surrogate}]/gu;
/** Nothing that anybody could see: white space, zero-width and other ignorable characters. */
const BLANK = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}]*$/u;

export const MAX_TEXT_BYTES = 1024;

/** Part of ES2024 that Node 20 has already. */
type WellFormedText = string & { isWellFormed(): boolean };

/** Whether a text holds neither NUL nor lone surrogates. */
export function isStorable(text: string): boolean {
  return (text as WellFormedText).isWellFormed() && !text.includes('\0');
}

/** Whether a text is at most so many bytes of UTF-8. */
export function fitsBytes(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return true;
  return text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes;
}

/** Whether a text is empty or shows nothing: blanks, zero-width characters. */
export function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first > 0x20 && first < 0x7f) return false;
  return BLANK.test(text);
}

/** A text that can be stored: what cannot is replaced by U+FFFD, and what is too long is cut. */
export function cleanText(text: string, maxBytes = MAX_TEXT_BYTES): string {
  const storable = isStorable(text) ? text : text.replace(UNSTORABLE_ALL, '\ufffd');
  if (fitsBytes(storable, maxBytes)) return storable;
  const bytes = Buffer.from(storable.slice(0, maxBytes)).subarray(0, maxBytes - 3);
  // A character that was cut in two decodes as U+FFFD.
  return `${bytes.toString().replace(/\ufffd+$/, '')}...`;
}
