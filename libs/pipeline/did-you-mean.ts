import { closest, distance } from 'fastest-levenshtein';

/** The name of `known` that was probably meant, as the end of a message, or nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  if (known.length === 0 || name.length > 100) return '';
  const best = closest(
    name.toLowerCase(),
    known.map((k) => k.toLowerCase()),
  );
  const meant = known.find((k) => k.toLowerCase() === best)!;
  const limit = Math.max(1, Math.floor(Math.max(name.length, meant.length) / 3));
  return distance(name.toLowerCase(), best) <= limit ? `; did you mean "${meant}"?` : '';
}
