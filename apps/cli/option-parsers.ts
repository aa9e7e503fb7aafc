import { InvalidArgumentError } from 'commander';

/** A parser of whole numbers from `least` to `most`, for commander. */
export function toInteger(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** A version of a profile: by what it is, or by its number. */
export function toVersionChoice(text: string): 'published' | 'original' | number {
  if (text === 'published' || text === 'original') return text;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is published, original, or the number of a version.');
}

/** One ASCII character; `\t` and `tab` name the tab. */
export function toCharacter(text: string): string {
  const character = text === '\\t' || text === 'tab' ? '\t' : text;
  if (!/^[\t\x20-\x7e]$/.test(character)) throw new InvalidArgumentError('It is one ASCII character.');
  return character;
}

/** As `toCharacter`, or nothing at all: an empty text or `none`. */
export function toOptionalCharacter(text: string): string {
  return text === '' || text === 'none' ? '' : toCharacter(text);
}

/** `a,b, c` as a list. */
export function toTexts(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
