const SHOWN = 4;
/** Shorter texts would show too large a part of themselves. */
const MIN_LENGTH = 8;
const HIDDEN = '***';

/** What a viewer sees of an identifier: its last 4 characters, and nothing of short ones. */
export function masked(text: string): string {
  const characters = [...text];
  return characters.length < MIN_LENGTH ? HIDDEN : HIDDEN + characters.slice(-SHOWN).join('');
}

export function maskedOrNull(text: string | null): string | null {
  return text === null ? null : masked(text);
}

/** A JSON value with its names kept and every text and number in it masked. */
export function maskedJson(value: unknown): unknown {
  if (typeof value === 'string') return masked(value);
  if (typeof value === 'number') return HIDDEN;
  if (Array.isArray(value)) return value.map(maskedJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, maskedJson(member)]));
}

/** A sentence in which every occurrence of the values is masked; longer values first. */
export function maskedWithin(text: string, values: readonly string[]): string {
  const byLength = [...new Set(values)].filter((value) => value !== '').sort((a, b) => b.length - a.length);
  return byLength.reduce((sentence, value) => sentence.replaceAll(value, () => masked(value)), text);
}
