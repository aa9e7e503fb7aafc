import type { Random } from '../../faults/support/random.js';
import { divideUp, raised, shared, text } from './arithmetic.js';
import type { Entry, Sent } from './oracle.js';
import { type Owned, type Source, ownerAt, owners, pickOwned } from './source.js';
import { WallClock, calendar, iso } from './wall-clock.js';

interface Session {
  readonly id: number;
  readonly local: number;
  readonly owned: Owned | null;
  readonly seconds: number;
  readonly up: number;
  readonly down: number;
  readonly country: string;
}

const LONDON = new WallClock('Europe/London');
const DAY_MS = 86_400_000;
const [FROM, TO] = [Date.UTC(2026, 9, 1), Date.UTC(2026, 10, 15)];
const BACK = Date.UTC(2026, 9, 25);
const TRANSFERS = ['2026-10-14T23:00:00Z', '2026-10-24T23:00:00Z', '2026-10-26T00:00:00Z'].map(Date.parse);
const ZONES: Readonly<Record<string, string>> = { '234': 'Home', '208': 'Europe', '262': 'Europe' };

export class MobileDataSource implements Source<Session> {
  readonly feed = 'mobileData';
  readonly policy = 'exception';
  readonly owned: readonly Owned[];

  constructor(readonly random: Random) {
    const cards = Array.from({ length: 200 }, (_, n) => `2341599000${10_000 + n}`);
    this.owned = owners(random, 'IMSI', cards, TRANSFERS, 'mobile');
  }

  make(n: number, count: number): Session {
    const { random } = this;
    const hasTraffic = random.next() > 0.02;
    return {
      id: n,
      local:
        random.next() < 0.03
          ? BACK + random.integer(0, 4 * 3600) * 1000
          : FROM + Math.floor(((TO - FROM) / 1000 / count) * (n + random.next())) * 1000,
      owned: random.next() > 0.01 ? pickOwned(random, this.owned) : null,
      seconds: random.next() < 0.1 ? random.integer(0, 200_000) : random.integer(0, 7200),
      up: hasTraffic ? random.integer(0, 3_000_000) : 0,
      down: hasTraffic ? random.integer(1, random.next() < 0.1 ? 20 : 200_000_000) : 0,
      country: random.pick(['234', '234', '234', '208', '262', '310', '460']),
    };
  }

  change = (session: Session): Session => ({ ...session, down: session.down + this.random.integer(1, 9) });

  write(session: Session): Sent {
    const { id, local, owned, seconds, up, down, country } = session;
    const { date, time } = calendar(local);
    const right = (value: number, width: number) => String(value).padStart(width);
    return {
      text: [
        owned?.value ?? '999999999999999',
        String(id).padStart(8, '0'),
        `${date}${time}`.replace(/[-:]/g, ''),
        right(seconds, 6),
        right(up, 12),
        right(down, 12),
        country,
      ].join(''),
      key: `${id}`,
      content: `${up} ${down}`,
      run: run(session),
    };
  }
}

function run({ local, owned, seconds, up, down, country }: Session): Sent['run'] {
  const moments = LONDON.moments(local);
  if (moments.length !== 1) return { code: 'invalid_value' };
  const total = BigInt(up) + BigInt(down);
  if (total === 0n) return { skip: 'no_traffic' };
  if (!owned) return { code: 'identifier_not_found' };
  const [start] = moments as [number];
  const days = daysOf(start, start + seconds * 1000);
  const shares = shared(
    total,
    days.map(([from, to]) => BigInt(to - from)),
  );
  const type = ZONES[country] ?? 'World';
  return { entries: days.map(([from], n) => entry(type, shares[n]!, ownerAt(owned, from), from)) };
}

/** From midnight to midnight in London. */
function daysOf(start: number, end: number): [number, number][] {
  const days: [number, number][] = [];
  for (let from = start; ;) {
    const midnight = (Math.floor(LONDON.toLocal(from) / DAY_MS) + 1) * DAY_MS;
    const to = Math.min(end, LONDON.moments(midnight)[0]!);
    days.push([from, to]);
    if (to >= end) return days;
    from = to;
  }
}

function entry(type: string, bytes: bigint, account: string, from: number): Entry {
  const { quantity, amount } = priceOf(type, bytes);
  return {
    account,
    date: iso(from),
    type,
    value: text(bytes),
    quantity: text(quantity),
    amount,
    currency: 'GBP',
  };
}

function priceOf(type: string, bytes: bigint): { quantity: bigint; amount: string } {
  if (bytes === 0n) return { quantity: 0n, amount: '0' };
  if (type === 'Europe')
    return { quantity: bytes, amount: text(500n + divideUp(bytes * 200n, 1_000_000n), 4) };
  const step = type === 'Home' ? 100_000n : 50_000_000n;
  const quantity = raised(bytes, step);
  const steps = quantity / step;
  return { quantity, amount: type === 'Home' ? text(steps * 50n, 4) : text(steps * 200n, 2) };
}
