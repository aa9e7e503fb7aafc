import type { Random } from '../../faults/support/random.js';
import { divideHalfEven, text } from './arithmetic.js';
import type { Sent } from './oracle.js';
import { type Owned, type Source, ownerAt, owners, pickOwned } from './source.js';
import { WallClock, calendar, iso } from './wall-clock.js';

interface Message {
  readonly id: string;
  readonly local: number;
  readonly owned: Owned | null;
  readonly recipient: string;
  readonly segments: number;
  readonly isDelivered: boolean;
}

const SYDNEY = new WallClock('Australia/Sydney');
const [FROM, TO] = [Date.UTC(2026, 3, 1), Date.UTC(2026, 10, 20)];
const CHANGES = [Date.UTC(2026, 3, 5), Date.UTC(2026, 9, 4)];
const TRANSFERS = ['2026-06-30T14:00:00Z', '2026-10-31T13:00:00Z'].map(Date.parse);
/** How recipients are spelled, with where they are; each `#` is a digit. */
const RECIPIENTS = [
  ['0412 ### ###', 'Australia'],
  ['+61 413-###-###', 'Australia'],
  ['(04) 15## ####', 'Australia'],
  ['0011 64 21 ### ####', 'New Zealand'],
  ['+64 21 ### ####', 'New Zealand'],
  ['+44 7400 ######', 'International'],
  ['000', 'short_code'],
  ['0999 ### ###', 'invalid_value'],
] as const;

export class SmsSource implements Source<Message> {
  readonly feed = 'smsCsv';
  readonly policy = 'keep';
  readonly owned: readonly Owned[];

  constructor(readonly random: Random) {
    const senders = Array.from({ length: 100 }, (_, n) => `SENDER${n}`);
    this.owned = owners(random, 'Sender', senders, TRANSFERS, 'sms').map((one, n) => ({
      ...one,
      ...(n % 10 === 9 && { owner: 'WOMBAT' }),
      ...(n % 2 === 0 && { attributes: { package: 'bulk' } }),
    }));
  }

  make(n: number, count: number): Message {
    const { random } = this;
    const recipient =
      random.next() < 0.02 ? random.pick(RECIPIENTS.slice(6)) : random.pick(RECIPIENTS.slice(0, 6));
    return {
      id: `g-${n}`,
      local:
        random.next() < 0.03
          ? random.pick(CHANGES) + random.integer(3600, 4 * 3600) * 1000
          : FROM + Math.floor(((TO - FROM) / 1000 / count) * (n + random.next())) * 1000,
      owned: random.next() > 0.01 ? pickOwned(random, this.owned) : null,
      recipient: recipient[0].replace(/#/g, () => String(random.integer(0, 9))),
      segments: random.next() < 0.01 ? 0 : random.integer(1, 9),
      isDelivered: random.next() > 0.05,
    };
  }

  change = (message: Message): Message => ({ ...message, segments: message.segments + 1 });

  /** A third of what has not arrived arrives later. */
  follow = (message: Message): Message | null =>
    message.isDelivered || this.random.next() > 0.33 ? null : { ...message, isDelivered: true };

  write(message: Message): Sent {
    const { id, local, owned, recipient, segments, isDelivered } = message;
    const [year, month, day] = calendar(local).date.split('-');
    const submitted = `${day}/${month}/${year} ${calendar(local).time}`;
    const sender = (owned?.value ?? 'stranger').toLowerCase();
    const status = isDelivered ? 'DELIVRD' : 'UNDELIV';
    return {
      text: [id, submitted, sender, recipient, segments, status].join('|'),
      key: id,
      content: `${segments} ${status}`,
      run: run(message),
    };
  }
}

function run({ local, owned, recipient, segments, isDelivered }: Message): Sent['run'] {
  if (!isDelivered) return { skip: 'not_delivered' };
  const pattern = RECIPIENTS.find(([spelled]) => new RegExp(`^${spelledPattern(spelled)}$`).test(recipient));
  const type = pattern![1];
  if (type === 'short_code') return { skip: type };
  if (type === 'invalid_value') return { code: type };
  if (!owned) return { code: 'identifier_not_found' };
  // Of a time that happens twice the later moment; one that did not happen is moved on.
  const ms = SYDNEY.moments(local).at(-1) ?? SYDNEY.movedOn(local);
  const account = ownerAt(owned, ms);
  const isBulk = owned.attributes?.package === 'bulk' && account === owned.owner;
  const quantity = text(BigInt(segments));
  return {
    entries: [
      {
        account,
        date: iso(ms),
        type,
        value: quantity,
        quantity,
        amount: text(priceOf(type, BigInt(segments), account, isBulk), 4),
        currency: 'AUD',
        cost: text(divideHalfEven(BigInt(segments) * (type === 'Australia' ? 315n : 1105n), 10n), 3),
      },
    ],
  };
}

function priceOf(type: string, segments: bigint, account: string, isBulk: boolean): bigint {
  if (segments === 0n) return 0n;
  if (type === 'International') return segments * 2500n;
  if (type === 'Australia') return segments * (isBulk ? 450n : 790n);
  if (account !== 'WOMBAT') return segments * 1200n;
  return segments * 900n > 1500n ? segments * 900n : 1500n;
}

const spelledPattern = (spelled: string): string =>
  spelled.replace(/[+()]/g, (sign) => `\\${sign}`).replace(/#/g, '\\d');
