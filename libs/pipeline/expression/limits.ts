import { ExpressionFailure } from './failure.js';
import { LinearRegex } from './linear-regex.js';

export const MAX_SOURCE_BYTES = 16 * 1024;
/** Nested evaluations; also reached by one array or object constructor of so many members. */
const MAX_DEPTH = 1000;
/** Members of a sequence that JSONata builds, and of a range. */
export const MAX_SEQUENCE = 5_000;
/** Nodes evaluated for one record: loops end here, at the same place on every machine. */
const MAX_EVALUATIONS = 20_000;
/** Characters and members that the functions which can multiply their input may make for one record. */
const MAX_MADE = 4_000_000;

/**
 * What one evaluation may use up; passed to JSONata as its options. JSONata reads `timeout` before
 * each node: that is where nodes are counted. Counting replaces the clock, so that an expression
 * that passes today cannot fail on a slower machine.
 */
export class EvaluationLimits {
  readonly stack = MAX_DEPTH;
  /** Undefined where no sequence can grow past its input: the limit costs a closure per sequence. */
  sequence: number | undefined = MAX_SEQUENCE;
  readonly RegexEngine = LinearRegex as unknown as RegExpConstructor;
  private evaluations = 0;
  private made = 0;

  get timeout(): number {
    if (++this.evaluations > MAX_EVALUATIONS) {
      throw limitExceeded(`takes more than ${MAX_EVALUATIONS} evaluations; check for an endless loop`);
    }
    return 0;
  }

  /** Counts what a function is about to make. */
  make(size: number): void {
    this.made += size;
    if (this.made > MAX_MADE) throw limitExceeded('makes too much data');
  }

  restart(): void {
    this.evaluations = 0;
    this.made = 0;
  }

  /** Ends what an evaluation that has already failed may still have under way. */
  exhaust(): void {
    this.evaluations = MAX_EVALUATIONS;
  }
}

export function limitExceeded(message: string): ExpressionFailure {
  return new ExpressionFailure('limit_exceeded', { message: `the expression ${message}` });
}
