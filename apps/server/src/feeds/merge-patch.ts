type Members = Readonly<Record<string, unknown>>;

/** A JSON merge patch applied (RFC 7396): objects member by member, null takes a member away, all else is replaced. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMembers(patch)) return patch;
  const present: Members = isMembers(target) ? target : {};
  const kept = Object.entries(present).filter(([name]) => !Object.hasOwn(patch, name));
  const changed = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [
      name,
      mergePatch(Object.hasOwn(present, name) ? present[name] : undefined, value),
    ]);
  // Not by assignment: a member may be called `__proto__`.
  return Object.fromEntries([...kept, ...changed]);
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
