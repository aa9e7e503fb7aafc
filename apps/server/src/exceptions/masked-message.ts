import { HIDDEN, masked } from '../common/index.js';
import { type HiddenValues, type Subject, hiddenValues } from './hidden-values.js';
import { MessageWords, type Span, spanOf } from './message-words.js';

/** A part of a message that is masked. */
interface MaskedSpan extends Span {
  /** Not even its last characters are shown. */
  readonly isHidden: boolean;
}

/** A quotation, which may be cut off. */
const QUOTED = /"((?:[^"\\]|\\.?)*)"?/g;
/** Numbers are not quoted. Those of six digits and more may be telephone numbers; dates and our limits are shorter. */
const LONG_NUMBER = /(?<!\d|\d\.)\d{6,}(?:\.\d+)?/g;
/** What stands between blanks and brackets, up to its last letter or digit. */
const IN_CHUNK = /[^\s=:;,()[\]{}"'<>|]/.source;
const CHUNK = new RegExp(`(?<!${IN_CHUNK})${IN_CHUNK}*[\\p{L}\\p{N}]`, 'gu');
const ONLY_LETTERS = /^\p{L}*$/u;
const CUT = '...';

/** So long a value is not in the midst of a word by chance. */
const TELLING_LENGTH = 8;
/** So long a chunk that is no plain word is not in a value by chance; in a row, which has no words, shorter ones are not. */
const TELLING_CHUNK_LENGTH = 6;
/** Shorter values are matched by the letter, and not with a prefix (`IMSI2620`). */
const DISTINCT_LENGTH = 4;

/**
 * A message without what it quotes, and without whatever is masked of its record where that is shown, wherever the
 * message holds it. Short values are masked as whole words only: within others they garble the message, and what is left
 * of a known word gives them away.
 */
export function maskedMessage(message: string, subject: Subject): string {
  const values = hiddenValues(subject);
  if (!values) return HIDDEN;
  const words = new MessageWords(message);
  const asShown = (span: Span) => ({ ...span, isHidden: isHidden(message.slice(span.from, span.to)) });
  return replaced(message, [
    ...quotations(message).map(asShown),
    ...[...message.matchAll(LONG_NUMBER)].map((match) => asShown(words.widened(spanOf(match)))),
    ...partsOfValues(message, values, words).map(asShown),
    ...wholeValues(message, values, words),
  ]);
}

const isHidden = (text: string): boolean => masked(text) === HIDDEN;

/** In small letters, where that leaves every character in its place. */
function folded(text: string): string {
  const small = text.toLowerCase();
  return small.length === text.length ? small : text;
}

function quotations(message: string): Span[] {
  return [...message.matchAll(QUOTED)].map(({ index, 1: text }) => ({
    from: index + 1,
    to: index + 1 + text!.length,
  }));
}

/** Where the message holds a value, with the whole of a word that holds it. */
function wholeValues(message: string, { texts }: HiddenValues, words: MessageWords): MaskedSpan[] {
  const inSmall = folded(message);
  return texts.flatMap((text) => {
    const isDistinct = text.length >= DISTINCT_LENGTH;
    const places = isDistinct ? placesOf(folded(text), inSmall) : placesOf(text, message);
    const isEnd = (at: number) => words.isEdge(at) || (isDistinct && words.isSeam(at));
    return places
      .filter(({ from, to }) => text.length >= TELLING_LENGTH || (isEnd(from) && isEnd(to)))
      .map((span) => ({ ...words.widened(span), isHidden: isHidden(text) }));
  });
}

function placesOf(text: string, within: string): Span[] {
  const places: Span[] = [];
  for (let from = within.indexOf(text); from >= 0; from = within.indexOf(text, from + 1)) {
    places.push({ from, to: from + text.length });
  }
  return places;
}

/** What the message holds of longer values: steps cut them, and so does the length of a message. */
function partsOfValues(message: string, { texts, rows }: HiddenValues, words: MessageWords): Span[] {
  const inTexts = folded(texts.join('\n'));
  const inRows = folded(rows.join('\n'));
  const isPart = (span: Span) => {
    const chunk = folded(message.slice(span.from, span.to));
    if (chunk.length >= DISTINCT_LENGTH && inRows.includes(chunk)) return true;
    return chunk.length >= TELLING_CHUNK_LENGTH && !ONLY_LETTERS.test(chunk) && inTexts.includes(chunk);
  };
  const chunks = [...message.matchAll(CHUNK)].map((match) => words.widened(spanOf(match)));
  const cut = placesOf(CUT, message).map(({ from: to }) => ({ from: startOfCut(message, to, inTexts), to }));
  return [...chunks.filter(isPart), ...cut.filter(({ from, to }) => to - from >= DISTINCT_LENGTH)];
}

/** Where the longest text begins that ends at a position and that values hold: they hold every shorter one too. */
function startOfCut(message: string, to: number, values: string): number {
  const text = folded(message.slice(0, to));
  let [from, held] = [0, to];
  while (from < held) {
    const middle = (from + held) >> 1;
    if (values.includes(text.slice(middle))) held = middle;
    else from = middle + 1;
  }
  return held;
}

/** Of what overlaps, no more is shown than of each of its parts. */
function replaced(message: string, spans: readonly MaskedSpan[]): string {
  const merged: MaskedSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (!last || span.from >= last.to) merged.push(span);
    else {
      const to = Math.max(last.to, span.to);
      merged[merged.length - 1] = { from: last.from, to, isHidden: last.isHidden || span.isHidden };
    }
  }
  let end = 0;
  const parts = merged.map(({ from, to, isHidden }) => {
    const before = message.slice(end, from);
    end = to;
    return before + (isHidden ? HIDDEN : masked(message.slice(from, to)));
  });
  return parts.join('') + message.slice(end);
}
