import type { Random } from '../../faults/support/random.js';
import { divideHalfUp, negated, text } from './arithmetic.js';
import type { Sent } from './oracle.js';
import { type Owned, type Source, ownerAt, owners, pickOwned } from './source.js';
import { iso } from './wall-clock.js';

interface Event {
  readonly id: string;
  readonly ms: number;
  readonly owned: Owned | null;
  readonly kind: 'API Requests' | 'Storage' | 'Marketplace' | 'Unheard';
  readonly value: bigint;
  readonly cents: bigint;
}

const [FROM, TO] = [Date.UTC(2026, 8, 1), Date.UTC(2026, 10, 20)];
const TRANSFERS = ['2026-10-01T00:00:00Z', '2026-10-31T23:59:59Z'].map(Date.parse);
const TYPES = {
  'API Requests': 'Requests',
  Storage: 'ByteHours',
  Marketplace: 'Resale',
  Unheard: 'Of',
} as const;

export class SaasSource implements Source<Event> {
  readonly feed = 'usageJson';
  readonly policy = 'exception';
  readonly owned: readonly Owned[];

  constructor(readonly random: Random) {
    const values = Array.from({ length: 500 }, (_, n) => `tenant-${n}`);
    this.owned = owners(random, 'Account', values, TRANSFERS, 'saas');
  }

  make(n: number, count: number): Event {
    const { random } = this;
    const kinds = [
      'API Requests',
      'API Requests',
      'API Requests',
      'Storage',
      'Storage',
      'Marketplace',
    ] as const;
    const kind = random.next() < 0.01 ? 'Unheard' : random.pick(kinds);
    return {
      id: `g-${n}`,
      ms: FROM + Math.floor(((TO - FROM) / 1000 / count) * (n + random.next())) * 1000,
      owned: random.next() > 0.01 ? pickOwned(random, this.owned) : null,
      kind,
      value: random.next() < 0.02 ? 0n : this.value(kind),
      cents: BigInt(random.integer(0, 1_000_000)),
    };
  }

  change = (event: Event): Event => ({ ...event, value: event.value + 1n });

  write({ id, ms, owned, kind, value, cents }: Event, again: boolean): Sent {
    const digits = value < 0n ? `-${-value}` : `${value}`;
    const price = { amount: `${cents / 1000n}.${String(cents % 1000n).padStart(3, '0')}`, currency: 'USD' };
    const members = [
      `"Date": "${iso(ms)}"`,
      `"OriginatingIdentifier": "${owned?.value ?? 'nobody'}"`,
      `"UdrUsageIdentifier": "${id}"`,
      // The number is written as it is: a double would not hold the larger ones.
      `"Value": ${again ? `${digits}.0` : digits}`,
      `"UsageClassName": "${kind}"`,
      `"UsageClassTypeName": "${TYPES[kind]}"`,
      `"Extensions": ${JSON.stringify(kind === 'Marketplace' ? price : { region: 'eu-west-1' })}`,
    ];
    return {
      text: `{${(again ? members.reverse() : members).join(', ')}}`,
      key: id,
      content: digits,
      run: run({ ms, owned, kind, value, cents }),
    };
  }

  private value(kind: Event['kind']): bigint {
    const { random } = this;
    if (kind === 'Storage')
      return BigInt(random.integer(1, 2 ** 31)) * BigInt(random.integer(1, 2 ** 23)) + 1n;
    return BigInt(random.integer(1, 100_000)) * (random.next() < 0.05 ? -1n : 1n);
  }
}

function run({ ms, owned, kind, value, cents }: Omit<Event, 'id'>): Sent['run'] {
  if (value === 0n) return { skip: 'zero_value' };
  if (!owned) return { code: 'identifier_not_found' };
  if (kind === 'Unheard') return { code: 'rate_not_found' };
  const size = value < 0n ? -value : value;
  const cost = {
    'API Requests': () => text(size * 4n, 4),
    Storage: () => text(divideHalfUp(size * 230n, 730_000_000_000n), 4),
    Marketplace: () => text(cents, 3),
  }[kind]();
  const quantity = value < 0n ? negated(text(size)) : text(size);
  return {
    entries: [
      {
        account: ownerAt(owned, ms),
        date: iso(ms),
        type: TYPES[kind],
        value: quantity,
        quantity,
        // An amount that is given is not negated by the value.
        amount: value < 0n && kind !== 'Marketplace' ? negated(cost) : cost,
        currency: 'USD',
      },
    ],
  };
}
