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
  const isNear = distance(name.toLowerCase(), best) <= limit || isSwapped(name.toLowerCase(), best);
  return isNear ? `; did you mean "${meant}"?` : '';
}

/** Whether two neighbouring letters stand in each other's place (`form` for `from`): one slip, but a distance of two. */
function isSwapped(name: string, meant: string): boolean {
  const at = [...name].findIndex((letter, i) => letter !== meant[i]);
  return name.slice(0, at) + name.charAt(at + 1) + name.charAt(at) + name.slice(at + 2) === meant;
}
