/**
 * Values by name, of which those used last are kept: of a weight of `capacity` at least, of about twice as much at
 * most. Two generations in place of a linked list: what is not asked for while the young one fills is forgotten.
 */
export class RecentValues<Value> {
  private young = new Map<string, Value>();
  private old = new Map<string, Value>();
  private weight = 0;

  constructor(
    private readonly capacity: number,
    private readonly weightOf: (value: Value) => number = () => 1,
  ) {}

  get isEmpty(): boolean {
    return this.young.size === 0 && this.old.size === 0;
  }

  get(name: string): Value | undefined {
    const value = this.young.get(name);
    if (value !== undefined) return value;
    const aged = this.old.get(name);
    if (aged !== undefined) this.set(name, aged);
    return aged;
  }

  /** What was read at once stays together: a generation ends before it, never in its midst. */
  add(values: Iterable<readonly [string, Value]>): void {
    if (this.weight >= this.capacity) {
      this.old = this.young;
      this.young = new Map();
      this.weight = 0;
    }
    for (const [name, value] of values) this.set(name, value);
  }

  delete(name: string): void {
    this.young.delete(name);
    this.old.delete(name);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
    this.weight = 0;
  }

  private set(name: string, value: Value): void {
    this.young.set(name, value);
    this.weight += this.weightOf(value);
  }
}
