import fc from 'fast-check';
import type { Operation, SentRecord } from './model/index.js';

/** With a prototype, so that it is printed as it is. */
function record<T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return fc.record(members, { noNullPrototype: true });
}

const ANY = fc.nat({ max: 255 });

/** Small alphabets: records meet each other often. */
const SENT: fc.Arbitrary<SentRecord> = record({
  key: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom('k0', 'k1', 'k2') },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  identifier: fc.nat({ max: 2 }),
  also: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat({ max: 2 }) }),
  value: fc.constantFrom('1', '10', '0', '3', 'x'),
  usageClass: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  month: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(0) }),
  note: fc.nat({ max: 1 }),
  cancels: fc.oneof(
    { weight: 12, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});

const constant = <const T>(value: T) => fc.constant(value);

/** Records meet where keys are shared, and where later ones replace earlier ones. */
const FEED: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 3) },
  { weight: 1, arbitrary: fc.constantFrom(2, 4) },
);
const FEED_OR_ALL: fc.Arbitrary<number | null> = fc.oneof(
  { weight: 1, arbitrary: FEED },
  { weight: 1, arbitrary: fc.constant(null) },
);

export const OPERATION: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 10,
    arbitrary: record({
      do: constant('post'),
      feed: FEED,
      records: fc.array(SENT, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: record({ do: constant('post again'), import: ANY, withItsKey: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: record({
      do: constant('reprocess imports'),
      import: ANY,
      more: fc.nat({ max: 2 }),
      mode: fc.constantFrom('all', 'exceptions'),
      version: fc.nat({ max: 4 }),
      reference: fc.constantFrom('current', 'original'),
    }),
  },
  {
    weight: 2,
    arbitrary: record({
      do: constant('reprocess exceptions'),
      exception: ANY,
      more: fc.nat({ max: 1 }),
    }),
  },
  { weight: 2, arbitrary: record({ do: constant('revert'), import: ANY }) },
  { weight: 2, arbitrary: record({ do: constant('void'), usage: ANY, releaseKey: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: record({
      do: constant('amend'),
      usage: ANY,
      record: SENT,
      keepsKey: fc.oneof(
        { weight: 9, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
    }),
  },
  { weight: 3, arbitrary: record({ do: constant('correct'), exception: ANY, record: SENT }) },
  { weight: 1, arbitrary: record({ do: constant('discard'), exception: ANY }) },
  { weight: 1, arbitrary: record({ do: constant('reopen'), exception: ANY }) },
  {
    weight: 2,
    arbitrary: record({
      do: constant('resolve'),
      exception: ANY,
      resolution: fc.constantFrom('replace', 'keep'),
    }),
  },
  {
    weight: 3,
    arbitrary: record({
      do: constant('own'),
      identifier: fc.nat({ max: 2 }),
      account: fc.oneof(
        { weight: 2, arbitrary: fc.nat({ max: 1 }) },
        { weight: 1, arbitrary: fc.constant(null) },
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: record({
      do: constant('price'),
      plan: fc.nat({ max: 1 }),
      usageClass: fc.nat({ max: 1 }),
      price: fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 2, max: 4 }) },
        { weight: 1, arbitrary: fc.constant(null) },
      ),
    }),
  },
  { weight: 1, arbitrary: record({ do: constant('publish'), content: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: record({ do: constant('heal'), change: fc.nat({ max: 2 }), feed: FEED_OR_ALL }) },
  {
    weight: 2,
    arbitrary: record({
      do: constant('close period'),
      until: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
      feed: FEED_OR_ALL,
    }),
  },
  {
    weight: 1,
    arbitrary: record({ do: constant('reopen period'), from: fc.nat({ max: 1 }), feed: FEED_OR_ALL }),
  },
) as fc.Arbitrary<Operation>;

/** Sequences of just so many operations; where one fails, shorter ones are tried in its place. */
export class Sequences extends fc.Arbitrary<Operation[]> {
  private readonly whole: fc.Arbitrary<Operation[]>;
  private readonly parts: fc.Arbitrary<Operation[]>;

  constructor(length: number) {
    super();
    this.whole = fc.array(OPERATION, { minLength: length, maxLength: length });
    this.parts = fc.array(OPERATION, { maxLength: length, size: 'max' });
  }

  generate(random: fc.Random, bias: number | undefined): fc.Value<Operation[]> {
    const { value } = this.whole.generate(random, bias);
    return new fc.Value([...value], undefined);
  }

  canShrinkWithoutContext(value: unknown): value is Operation[] {
    return this.parts.canShrinkWithoutContext(value);
  }

  shrink(value: Operation[], context: unknown): fc.Stream<fc.Value<Operation[]>> {
    return this.parts.shrink(value, context);
  }
}

/** A sequence as it is read, and put into a test of its own. */
export function toText(operations: readonly Operation[]): string {
  return operations.map((operation) => `  ${JSON.stringify(operation)},`).join('\n');
}
