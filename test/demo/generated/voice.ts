import type { Random } from '../../faults/support/random.js';
import { divideHalfUp, raised, text } from './arithmetic.js';
import type { Sent } from './oracle.js';
import { type Owned, type Source, ownerAt, owners, pickOwned } from './source.js';
import { WallClock, calendar, iso } from './wall-clock.js';

interface Call {
  readonly id: string;
  readonly local: number;
  readonly owned: Owned | null;
  readonly number: string;
  readonly other: string;
  readonly isInbound: boolean;
  readonly seconds: number;
  readonly cause: number;
}

const NEW_YORK = new WallClock('America/New_York');
const [FROM, TO] = [Date.UTC(2026, 9, 5), Date.UTC(2026, 10, 20)];
const BACK = Date.UTC(2026, 10, 1);
const DEARER = Date.parse('2026-11-01T04:00:00Z');
const TRANSFERS = ['2026-10-15T04:00:00Z', '2026-11-01T04:00:00Z', '2026-11-05T05:00:00Z'].map(Date.parse);
const DIGITS = 10_000;

export class VoiceSource implements Source<Call> {
  readonly feed = 'voiceCsv';
  readonly policy = 'exception';
  readonly owned: readonly Owned[];

  constructor(readonly random: Random) {
    const numbers = Array.from({ length: 400 }, (_, n) => `+1646${5_550_000 + n}`);
    this.owned = owners(random, 'Telephone Number', numbers, TRANSFERS, 'voice');
  }

  make(n: number, count: number): Call {
    const { random } = this;
    const isKnown = random.next() > 0.01;
    const owned = isKnown ? pickOwned(random, this.owned) : null;
    const isInbound = random.next() < 0.2;
    const local =
      random.next() < 0.03
        ? BACK + random.integer(0, 4 * 3600) * 1000
        : FROM + Math.floor(((TO - FROM) / 1000 / count) * (n + random.next())) * 1000;
    return {
      id: `g-${n}`,
      local,
      owned,
      number: owned?.value ?? `+1777${5_550_000 + random.integer(0, 99)}`,
      other:
        random.pick(['+1212555', '+1212555', '+4420794', '+4477009', '+4479']) + random.integer(0, DIGITS),
      isInbound,
      seconds: random.next() < 0.02 ? 0 : random.integer(1, 7200),
      cause: random.next() < 0.03 ? random.pick([1, 17, 19]) : 16,
    };
  }

  change = (call: Call): Call => ({ ...call, seconds: call.seconds + this.random.integer(1, 100) });

  write(call: Call, again: boolean): Sent {
    const { id, local, number, isInbound, seconds, cause } = call;
    // One in a hundred goes where no table knows the way.
    const other = call.local % 100_000 === 0 ? `+999${call.other.slice(1)}` : call.other;
    const [ms] = NEW_YORK.moments(local);
    const { date, time } = calendar(local);
    const [calling, called] = isInbound ? [other, number] : [number, other];
    const direction = isInbound ? 'IN' : 'OUT';
    const run = this.run(call, called, ms!);
    // What was booked is known by what it says, however that is written: here the same moment in UTC.
    const start = again && 'entries' in run ? iso(ms!) : `${date} ${time}`;
    return {
      text: [id, start, calling, called, direction, seconds, cause].join(','),
      key: id,
      content: `${seconds}`,
      run,
    };
  }

  private run({ owned, seconds, cause }: Call, called: string, ms: number): Sent['run'] {
    if (cause !== 16) return { skip: 'failed_call' };
    const destination = [
      ['+447', 'UK Mobile'],
      ['+44', 'UK Fixed'],
      ['+1', 'US'],
    ].find(([prefix]) => called.startsWith(prefix!))?.[1];
    if (!destination) return { code: 'lookup_not_found' };
    if (!owned) return { code: 'identifier_not_found' };
    const used = BigInt(seconds);
    const [least, step, price] =
      destination === 'US'
        ? [30n, 6n, ms < DEARER ? 100n : 120n]
        : [60n, 60n, destination === 'UK Fixed' ? 200n : 1200n];
    const quantity = used === 0n ? 0n : raised(used > least ? used : least, step);
    return {
      entries: [
        {
          account: ownerAt(owned, ms),
          date: iso(ms),
          type: destination,
          value: text(used),
          quantity: text(quantity),
          amount: text(divideHalfUp(quantity * price, 60n), 4),
          currency: 'USD',
        },
      ],
    };
  }
}
