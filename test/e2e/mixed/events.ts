/**
 * A seeded source of mixed records that knows, by rules of its own and in integers, what each must come
 * to. It shares no code with the product.
 */
export interface Event {
  /** What is sent: an element of the feed's `data`. */
  readonly text: string;
  readonly verdict: 'imported' | 'exception' | 'skipped' | 'duplicate';
  readonly code: string | null;
  /** Of what is imported: usage key as shown, value in millionths, amount in 10^-10 of the currency. */
  readonly key: string | null;
  readonly micros: bigint;
  readonly amount: bigint;
}

/** mulberry32: small, seeded, good enough to mix. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const NOTHING = { key: null, micros: 0n, amount: 0n };
const failed = (text: string, code: string): Event => ({ text, verdict: 'exception', code, ...NOTHING });
const duplicate = (text: string): Event => ({ text, verdict: 'duplicate', code: null, ...NOTHING });

/** Millionths as a decimal text, with `zeros` more at the end. */
function decimal(micros: bigint, zeros = 0): string {
  const text = micros.toString().padStart(7, '0');
  const fraction = text.slice(-6).replace(/0+$/, '') + '0'.repeat(zeros);
  return text.slice(0, -6) + (fraction ? `.${fraction}` : '');
}

const RULES = [
  'new',
  'new',
  'new',
  'new',
  'new',
  'new',
  'new',
  'new',
  'resent',
  'resent',
  'changed',
  'zeroed',
  'zero',
  'stranger',
  'classless',
  'wrong',
  'valueless',
  'keyless',
  'dateless',
  'malformed',
] as const;

/** Events of one feed, in an order in which each meets those before it. */
abstract class Source {
  private readonly sent: { key: string; micros: bigint }[] = [];
  private count = 0;

  constructor(private readonly next: () => number) {}

  protected pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.next() * from.length)]!;
  }

  /** `zeros`: how the number is spelled; `turned`: in which order the members stand. */
  protected abstract write(
    key: string,
    micros: bigint,
    how?: { zeros?: number; turned?: boolean; [wrong: string]: unknown },
  ): string;
  protected abstract malformed(): string;
  protected abstract readonly price: bigint;
  protected abstract shownKey(key: string): string;

  event(): Event {
    const rule = this.pick(RULES);
    const key = `${++this.count}`;
    const micros = BigInt(1 + Math.floor(this.next() * 9e9));
    const known = this.sent.length ? this.pick(this.sent) : null;
    switch (rule) {
      case 'resent':
        if (!known) return this.imported(key, micros);
        return duplicate(this.write(known.key, known.micros, { zeros: this.pick([0, 1, 3]), turned: true }));
      case 'changed':
        if (!known) return this.imported(key, micros);
        // A value that no other record has, so that it is no duplicate of an open conflict.
        return failed(this.write(known.key, 10n ** 13n + BigInt(this.count)), 'usage_key_conflict');
      case 'zeroed':
        // One zero a key: a second one would be the duplicate of the first.
        if (!known || this.zeroed.has(known.key)) return this.imported(key, micros);
        this.zeroed.add(known.key);
        return failed(this.write(known.key, 0n), 'usage_key_conflict');
      case 'zero':
        return { text: this.write(key, 0n), verdict: 'skipped', code: null, ...NOTHING };
      case 'stranger':
        return failed(this.write(key, micros, { account: 'nobody' }), 'identifier_not_found');
      case 'classless':
        return failed(this.write(key, micros, { usageClass: 'Unheard of' }), 'rate_not_found');
      case 'wrong':
        return failed(
          this.write(key, micros, { value: this.pick(['1.250,5', '12e', '0x10', 'NaN', '١٢']) }),
          'invalid_value',
        );
      case 'valueless':
        return failed(this.write(key, micros, { value: '' }), 'missing_field');
      case 'keyless':
        return failed(this.write(this.pick(['', ' ']), micros), 'usage_key_missing');
      case 'dateless':
        return failed(
          this.write(key, micros, { date: this.pick(['2026-02-30T10:00:00Z', 'now', '2026-W10']) }),
          this.badDate,
        );
      case 'malformed':
        return failed(this.malformed(), 'malformed_row');
      default:
        return this.imported(key, micros);
    }
  }

  private readonly zeroed = new Set<string>();
  protected abstract readonly badDate: string;

  private imported(key: string, micros: bigint): Event {
    this.sent.push({ key, micros });
    return {
      text: this.write(key, micros),
      verdict: 'imported',
      code: null,
      key: this.shownKey(key),
      micros,
      amount: micros * this.price,
    };
  }
}

/** Records of the feed usageJson; API requests at 0.0004. */
export class JsonSource extends Source {
  protected readonly price = 4n;
  protected readonly badDate = 'invalid_value';

  protected write(key: string, micros: bigint, how: Record<string, unknown> = {}): string {
    const {
      zeros = 0,
      turned = false,
      account = 'acct-100042',
      usageClass = 'API Requests',
      value,
      date,
    } = how;
    const number = value === undefined ? decimal(micros, zeros as number) : JSON.stringify(value);
    const members = [
      `"Date":"${date ?? '2026-04-16T14:32:00Z'}"`,
      `"OriginatingIdentifier":"${account}"`,
      `"UdrUsageIdentifier":"${key.trim() ? `mixed-${key}` : key}"`,
      `"Value":${number}`,
      `"UsageClassName":"${usageClass}"`,
      `"UsageClassTypeName":"Requests"`,
      turned
        ? '"Extensions":{"note":"<b>=1+1</b>","region":"eu"}'
        : '"Extensions":{"region":"eu","note":"<b>=1+1</b>"}',
    ];
    return `{${(turned ? members.reverse() : members).join(',')}}`;
  }

  protected malformed(): string {
    return this.pick(['null', '5', '[]', '"text"', 'true']);
  }

  protected shownKey(key: string): string {
    return `mixed-${key}`;
  }
}

/** Rows of the feed usageCsv; data_class at 0.05. */
export class CsvSource extends Source {
  protected readonly price = 500n;
  protected readonly badDate = 'invalid_value';

  protected write(key: string, micros: bigint, how: Record<string, unknown> = {}): string {
    const { zeros = 0, account = '4038675309', usageClass = 'data_class', value, date } = how;
    const number = value === undefined ? decimal(micros, zeros as number) : String(value).replace(',', ';');
    const when = (date as string | undefined) ?? '2026-05-01T01:01:00';
    const usage = key.trim() ? `line-${key}` : key;
    return JSON.stringify(
      `${when},Unknown,${account},4038675345,${usage},${number},False,False,${usageClass},Data_1,${when}`,
    );
  }

  protected malformed(): string {
    return this.pick(['"a,b,c"', '"\\"unclosed"', '{"not":"a row"}', 'null']);
  }

  protected shownKey(key: string): string {
    return `line-${key}`;
  }
}
