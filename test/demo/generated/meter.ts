import type { Random } from '../../faults/support/random.js';
import { divideHalfUp, negated, text } from './arithmetic.js';
import type { Sent } from './oracle.js';
import { type Owned, type Source, ownerAt, owners } from './source.js';
import { WallClock, calendar, iso } from './wall-clock.js';

interface Interval {
  readonly meter: string;
  readonly owned: Owned | null;
  readonly local: number;
  /** Of the two moments where clocks are put back. */
  readonly isSecond: boolean;
  readonly wattHours: number;
  readonly isEstimate: boolean;
  readonly isFeedIn: boolean;
}

const BERLIN = new WallClock('Europe/Berlin');
const QUARTER_MS = 15 * 60_000;
const METERS = 300;
const FROM = Date.UTC(2026, 2, 1);
const TRANSFERS = ['2026-06-30T22:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'].map(Date.parse);
/** A quarter that clocks leave out, and one that they show twice. */
const GAP = Date.UTC(2026, 2, 29, 2, 15);
const OVERLAP = Date.UTC(2026, 9, 25, 2, 30);

export class MeterSource implements Source<Interval> {
  readonly feed = 'meterCsv';
  readonly policy = 'replace';
  readonly owned: readonly Owned[];

  constructor(readonly random: Random) {
    const meters = Array.from({ length: METERS }, (_, n) => `DE0009${n + 100_000}`);
    this.owned = owners(random, 'Meter', meters, TRANSFERS, 'meter');
  }

  make(n: number, count: number): Interval {
    const { random } = this;
    const slot = Math.floor(n / METERS);
    const owned = random.next() > 0.01 ? this.owned[n % METERS]! : null;
    return {
      meter: owned?.value ?? `XX${this.owned[n % METERS]!.value}`,
      owned,
      ...slotOf(slot, Math.ceil(count / METERS)),
      wattHours: random.next() < 0.01 ? 0 : random.integer(1, 5000),
      isEstimate: random.next() < 0.1,
      isFeedIn: random.next() < 0.2,
    };
  }

  change = (interval: Interval): Interval => ({
    ...interval,
    wattHours: interval.wattHours + this.random.integer(1, 9),
  });

  /** Four of five estimates are followed by what was read. */
  follow(interval: Interval): Interval | null {
    if (!interval.isEstimate || this.random.next() < 0.2) return null;
    return { ...interval, isEstimate: false, wattHours: this.random.integer(0, 5000) };
  }

  write(interval: Interval): Sent {
    const { meter, local, isSecond, wattHours, isEstimate, isFeedIn } = interval;
    const moments = BERLIN.moments(local);
    const ms = moments[isSecond ? 1 : 0];
    const { date, time } = calendar(local);
    const offset = moments.length === 2 ? (isSecond ? '+01:00' : '+02:00') : '';
    const register = isFeedIn ? '2.8.0' : '1.8.0';
    const kWh = `${Math.floor(wattHours / 1000)}.${String(wattHours % 1000).padStart(3, '0')}`;
    const quality = isEstimate ? 'E' : 'A';
    return {
      text: [meter, `${date} ${time.slice(0, 5)}${offset}`, 15, kWh, quality, register].join(','),
      key: ms === undefined ? null : `${meter} ${register} ${ms}`,
      content: `${wattHours} ${quality}`,
      isEstimate,
      run: ms === undefined ? { code: 'invalid_value' } : run(interval, ms),
    };
  }
}

/** Quarters evenly over the year, the special ones first: four slots of them. */
function slotOf(slot: number, slots: number): Pick<Interval, 'local' | 'isSecond'> {
  if (slot === 0) return { local: GAP, isSecond: false };
  if (slot < 3) return { local: OVERLAP, isSecond: slot === 2 };
  const quarters = Math.floor((260 * 96) / Math.max(slots, 1));
  const local = FROM + slot * quarters * QUARTER_MS;
  return { local: BERLIN.moments(local).length === 1 ? local : local + QUARTER_MS * 13, isSecond: false };
}

function run({ owned, local, wattHours, isFeedIn }: Interval, ms: number): Sent['run'] {
  if (!owned) return { code: 'identifier_not_found' };
  const hour = new Date(local).getUTCHours();
  const [type, price] = isFeedIn
    ? ['Feed-in', 811n]
    : hour >= 22 || hour < 6
      ? ['Night', 2190n]
      : ['Day', 3120n];
  const amount = text(divideHalfUp(BigInt(wattHours) * price, 100n), 5);
  const used = text(BigInt(wattHours), 3);
  return {
    entries: [
      {
        account: ownerAt(owned, ms),
        date: iso(ms),
        type,
        value: used,
        quantity: used,
        amount: isFeedIn ? negated(amount) : amount,
        currency: 'EUR',
      },
    ],
  };
}
