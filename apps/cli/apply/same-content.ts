/**
 * Whether two values of JSON say the same: members in any order, members that are null or missing alike, numbers by
 * value.
 */
export function isSameContent(a: unknown, b: unknown): boolean {
  return JSON.stringify(toCanonical(a)) === JSON.stringify(toCanonical(b));
}

function toCanonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCanonical);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if ('isLosslessNumber' in value) return Number(String(value));
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, toCanonical(member)]);
}
