type Scalar = string | number | boolean;

/** Results that are kept; sources have few classes, types and codes, and say them again and again. */
const MAX_RESULTS = 256;
const MAX_LENGTH = 100;

/** What texts have given an expression that reads one field of a record and nothing else: the same again. */
export class RecentResults {
  private readonly results = new Map<string, Scalar>();

  /** The result for a text; undefined where it has to be worked out. */
  get(text: unknown): Scalar | undefined {
    return typeof text === 'string' ? this.results.get(text) : undefined;
  }

  keep(text: unknown, result: unknown): void {
    if (typeof text !== 'string' || text.length > MAX_LENGTH) return;
    if (typeof result === 'number' || typeof result === 'boolean') this.set(text, result);
    else if (typeof result === 'string' && result.length <= MAX_LENGTH) this.set(text, detached(result));
  }

  private set(text: string, result: Scalar): void {
    if (this.results.size >= MAX_RESULTS) this.results.clear();
    this.results.set(detached(text), result);
  }
}

/** A part of a text holds on to the whole of it, which may be all that an import has sent. */
function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
