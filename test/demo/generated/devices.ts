import type { Random } from '../../faults/support/random.js';
import { divideHalfEven, text } from './arithmetic.js';
import type { Entry, Sent } from './oracle.js';
import { type Owned, type Source, ownerAt, owners, pickOwned } from './source.js';
import { iso } from './wall-clock.js';

interface Report {
  readonly id: string;
  readonly ms: number;
  readonly owned: Owned | null;
  readonly lines: readonly { readonly kind: string; readonly quantity: number }[];
  readonly isWithdrawn: boolean;
}

const [FROM, TO] = [Date.UTC(2026, 9, 10), Date.UTC(2026, 10, 20)];
const TRANSFERS = ['2026-10-20T10:30:00Z', '2026-10-31T18:30:00Z'].map(Date.parse);

export class DeviceSource implements Source<Report> {
  readonly feed = 'deviceEvents';
  readonly policy = 'exception';
  readonly as = 'cloudevents';
  readonly owned: readonly Owned[];
  private events = 0;

  constructor(readonly random: Random) {
    const devices = Array.from({ length: 200 }, (_, n) => `dev-${1000 + n}`);
    this.owned = owners(random, 'Device', devices, TRANSFERS, 'device');
  }

  make(n: number, count: number): Report {
    const { random } = this;
    const lines = random.next() < 0.01 ? 0 : random.integer(1, 3);
    return {
      id: `g-${n}`,
      ms: FROM + Math.floor(((TO - FROM) / 1000 / count) * (n + random.next())) * 1000,
      owned: random.next() > 0.01 ? pickOwned(random, this.owned) : null,
      lines: Array.from({ length: lines }, () => this.line()),
      isWithdrawn: false,
    };
  }

  change = (report: Report): Report => ({
    ...report,
    lines: report.lines.map((line) => ({ ...line, quantity: line.quantity + 1 })),
  });

  /** Three in a hundred are withdrawn. */
  follow = (report: Report): Report | null =>
    this.random.next() < 0.03 && 'entries' in run(report) ? { ...report, isWithdrawn: true } : null;

  write(report: Report): Sent {
    const { id, ms, owned, lines, isWithdrawn } = report;
    const event = {
      specversion: '1.0',
      id: `event-${++this.events}`,
      source: '/fleets/generated',
      type: `com.example.usage.${isWithdrawn ? 'withdrawn' : 'reported'}`,
      time: iso(ms),
      data: isWithdrawn ? { report: id } : { report: id, device: owned?.value ?? 'dev-9', lines },
    };
    return {
      text: JSON.stringify(event),
      key: id,
      content: JSON.stringify(event.data),
      cancels: isWithdrawn,
      run: run(report),
    };
  }

  private line() {
    const { random } = this;
    if (random.next() < 0.005) return { kind: 'steps', quantity: 1 };
    if (random.next() < 0.005) return { kind: 'bytes', quantity: 0 };
    if (random.next() < 0.4) return { kind: 'bytes', quantity: random.integer(1, 100_000_000) };
    return {
      kind: 'messages',
      quantity: random.pick([999, 1000, 99_999, 100_000, random.integer(1, 500_000)]),
    };
  }
}

function run({ ms, owned, lines }: Report): Sent['run'] {
  if (lines.some(({ kind, quantity }) => kind === 'steps' || quantity === 0))
    return { code: 'invalid_value' };
  if (lines.length === 0) return { skip: 'no_elements' };
  if (!owned) return { code: 'identifier_not_found' };
  return {
    entries: lines.map(({ kind, quantity }) => entry(kind, BigInt(quantity), ownerAt(owned, ms), ms)),
  };
}

function entry(kind: string, units: bigint, account: string, ms: number): Entry {
  const { type, paise } = priceOf(kind, units);
  return {
    account,
    date: iso(ms),
    type,
    value: text(units),
    quantity: text(units),
    amount: text(paise, 2),
    currency: 'INR',
    cost: text((paise * 35n) / 100n, 2),
  };
}

function priceOf(kind: string, units: bigint): { type: string; paise: bigint } {
  if (kind === 'bytes') return { type: 'Standard', paise: divideHalfEven(units * 90n, 1_000_000n) };
  if (units < 1000n) return { type: 'Small', paise: units * 5n };
  if (units < 100_000n) return { type: 'Medium', paise: units * 4n };
  return { type: 'Large', paise: divideHalfEven(units * 25n, 10n) };
}
