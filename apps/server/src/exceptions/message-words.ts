/** A part of a message, by the positions of its characters; `to` is behind its last one. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Moments, times and decimals: what is between their digits separates no words. */
const NUMBER =
  /(?<![\p{L}\p{N}])(?:\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?|\d+(?:\.\d+|,\d{3})+)(?!\p{N})/u
    .source;
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’]\p{L}+)*/u.source;
const WORDS = new RegExp(`(${NUMBER})|${WORD}`, 'gu');
const DIGIT = /\d/;

interface Word extends Span {
  readonly isNumber: boolean;
}

/** Where the words of a message begin and end. */
export class MessageWords {
  /** The word of each character; none between words. */
  private readonly words: (Word | undefined)[] = [];

  constructor(private readonly message: string) {
    for (const match of message.matchAll(WORDS)) {
      const word = { ...spanOf(match), isNumber: match[1] !== undefined };
      for (let at = word.from; at < word.to; at++) this.words[at] = word;
    }
  }

  /** Whether no word goes on both before and behind a position. */
  isEdge(at: number): boolean {
    const word = this.words[at];
    return !word || word.from === at;
  }

  /** Whether letters end and digits begin at a position, or the other way round, in a word that is no number. */
  isSeam(at: number): boolean {
    const isDigit = (position: number) => DIGIT.test(this.message[position]!);
    return this.words[at]?.isNumber === false && isDigit(at - 1) !== isDigit(at);
  }

  /** A part of the message with the whole of the words in which it begins and ends. */
  widened({ from, to }: Span): Span {
    return { from: this.words[from]?.from ?? from, to: this.words[to - 1]?.to ?? to };
  }
}

export const spanOf = ({ index = 0, 0: text }: RegExpMatchArray): Span => ({
  from: index,
  to: index + text.length,
});
