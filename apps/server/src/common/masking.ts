const SHOWN = 4;
/** Shorter texts would show too large a part of themselves. */
const MIN_LENGTH = 8;
/** A day or a moment: its end says nothing, and looks like one of its own. */
const MOMENT =
  /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?:Z|[AP]M|[+-]\d{2}:?\d{2}))?)?$/i;

/** What stands for a text of which nothing is shown. */
export const HIDDEN = '***';

/** What a viewer sees of an identifier: its last 4 characters, and nothing of short ones and of moments. */
export function masked(text: string): string {
  const characters = [...text];
  if (characters.length < MIN_LENGTH || MOMENT.test(text)) return HIDDEN;
  return HIDDEN + characters.slice(-SHOWN).join('');
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
