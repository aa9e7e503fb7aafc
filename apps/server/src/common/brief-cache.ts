/**
 * Remembers what was looked up for a moment, so that a busy server does not ask for the same row with every request
 * and still sees a change made by another process within `believedMs`. Look-ups under way are shared; failures are
 * not remembered.
 */
export class BriefCache<Value> {
  private readonly entries = new Map<string, { readonly until: number; readonly value: Promise<Value> }>();

  constructor(
    private readonly lookUp: (key: string) => Promise<Value>,
    private readonly believedMs: number,
    private readonly maxEntries = 10_000,
  ) {}

  get(key: string): Promise<Value> {
    const now = Date.now();
    const found = this.entries.get(key);
    if (found && found.until > now) return found.value;
    if (this.entries.size >= this.maxEntries) this.entries.clear();
    const entry = { until: now + this.believedMs, value: this.lookUp(key) };
    this.entries.set(key, entry);
    entry.value.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    return entry.value;
  }

  forget(key: string): void {
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
