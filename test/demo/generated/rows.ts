import type { Random } from '../../faults/support/random.js';
import { negated, text } from './arithmetic.js';
import type { Sent } from './oracle.js';
import { type Owned, type Source, ownerAt, owners, pickOwned } from './source.js';
import { iso } from './wall-clock.js';

interface Row {
  readonly n: number;
  readonly ms: number;
  readonly owned: Owned | null;
  readonly inbound: boolean;
  readonly reverse: boolean;
  readonly isPriced: boolean;
  readonly isCut: boolean;
  /** Hundredths. */
  readonly value: bigint;
}

const [FROM, TO] = [Date.UTC(2026, 8, 1), Date.UTC(2026, 10, 20)];
const TRANSFERS = ['2026-09-15T00:00:00Z', '2026-10-31T23:59:59Z'].map(Date.parse);

/** The delimited rows of the source document: data usage by telephone number, in both directions, some of it reverse rated. */
export class RowsSource implements Source<Row> {
  readonly feed = 'usageCsv';
  readonly policy = 'exception';
  readonly owned: readonly Owned[];

  constructor(readonly random: Random) {
    const values = Array.from({ length: 400 }, (_, n) => `4949${String(n).padStart(6, '0')}`);
    this.owned = owners(random, 'Telephone Number', values, TRANSFERS, 'rows');
  }

  make(n: number, count: number): Row {
    const { random } = this;
    return {
      n,
      ms: FROM + Math.floor(((TO - FROM) / 1000 / count) * (n + random.next())) * 1000,
      owned: random.next() > 0.01 ? pickOwned(random, this.owned) : null,
      inbound: random.next() < 0.4,
      reverse: random.next() < 0.1,
      isPriced: random.next() > 0.01,
      isCut: random.next() < 0.005,
      value: random.next() < 0.02 ? 0n : BigInt(random.integer(1, 1_000_000)),
    };
  }

  change = (row: Row): Row => ({ ...row, value: row.value + 1n });

  write(row: Row, again: boolean): Sent {
    const { n, ms, owned, inbound, reverse, isPriced, isCut, value } = row;
    const mine = owned?.value ?? '4950000000';
    const other = `4960${String(n).padStart(6, '0')}`;
    const [from, to] = inbound ? [other, mine] : [mine, other];
    const digits = text(value, 2);
    // A row that fails is known again by its texts alone.
    const isRespelled = again && owned !== null && isPriced;
    const columns = [
      isRespelled ? iso(ms) : iso(ms).slice(0, -1),
      'Unknown',
      from,
      isRespelled ? `"${to}"` : to,
      '648-688-4180',
      isRespelled && !digits.includes('.') ? `${digits}.00` : digits,
      inbound ? 'True' : 'False',
      reverse ? 'True' : 'False',
      isPriced ? 'data_class' : 'other_class',
      'Data_1',
      '2026-09-01T00:00:00',
    ];
    if (isCut) columns.pop();
    return {
      text: columns.join(','),
      // The other number is of this row alone.
      key: isCut ? null : other,
      content: digits,
      run: isCut ? { code: 'malformed_row' } : run(row),
    };
  }
}

function run({ ms, owned, reverse, isPriced, value }: Row): Sent['run'] {
  if (value === 0n) return { skip: 'zero_value' };
  if (!owned) return { code: 'identifier_not_found' };
  if (!isPriced) return { code: 'rate_not_found' };
  const [quantity, amount] = [text(value, 2), text(value * 5n, 4)];
  return {
    entries: [
      {
        account: ownerAt(owned, ms),
        date: iso(ms),
        type: 'Data_1',
        value: quantity,
        quantity,
        amount: reverse ? negated(amount) : amount,
        currency: 'USD',
      },
    ],
  };
}
