import type { Subject } from './hidden-values.js';
import { maskedMessage } from './masked-message.js';

const about = (raw: unknown, more: Partial<Subject> = {}): Subject => ({
  raws: [JSON.stringify(raw)],
  records: [],
  known: [],
  ...more,
});
const RECORD = { k: '1', v: 2, o: 'jane.doe@example.com', d: '2026-10-01' };

describe('maskedMessage', () => {
  it.each([
    ['subscriber jane.doe@example.com is blocked', 'subscriber ***.com is blocked'],
    ['subscriber Jane.Doe@Example.com, is blocked', 'subscriber ***.com, is blocked'],
    ['IMSI262011234567890 is blocked', '***7890 is blocked'],
    ['subscriberjane.doe@example.comis blocked', '***omis blocked'],
    ['nobody owned "4038675310"', 'nobody owned "***5310"'],
    ['of 4038675310 nothing', 'of ***5310 nothing'],
    ['a price of 0.123456 is fine', 'a price of 0.123456 is fine'],
    ['record 1 of 2', 'record *** of ***'],
    ['step1 has 12 and 1.5', 'step1 has 12 and 1.5'],
    [
      'date: "x" is no moment like 2026-10-26T12:00:00Z',
      'date: "***" is no moment like 2026-10-26T12:00:00Z',
    ],
    ['"jane.doe@example.com" said "a b c d e f g 1"', '"***.com" said "***"'],
    ['it said "jane and more', 'it said "***more'],
  ])('%s', (message, shown) => {
    expect(maskedMessage(message, about(RECORD))).toBe(shown);
  });

  it('masks short values as whole words only', () => {
    const message = 'Usage key "a" is live with other usage';
    expect(maskedMessage(message, about({ k: 'a' }))).toBe('Usage key "***" is live with other usage');
    const like = "must be like 2026-10-26T12:00:00Z, the customer's";
    for (const k of ['1', '10', '26', '2026', '12:00', 's', '00Z', '-'])
      expect(maskedMessage(like, about({ k }))).toBe(like);
    expect(maskedMessage('user=bob/bob_7 and bobby', about({ k: 'bob' }))).toBe('user=***/***_7 and bobby');
    expect(maskedMessage('IMSI26201 of 262010', about({ k: 26201 }))).toBe('*** of ***');
  });

  it('masks values that hold separators whole, and what they hold where it is no plain word', () => {
    const raw = { name: 'Jane Q. Doe', url: 'sip:joan@example.com', n: 'a-b-c-d-e' };
    expect(maskedMessage('of Jane Q. Doe', about(raw))).toBe('of ***');
    expect(maskedMessage('of Jane', about(raw))).toBe('of ***');
    expect(maskedMessage('of joan@example.com', about(raw))).toBe('of ***.com');
    expect(maskedMessage('no a-b-c-d-e is a name', about(raw))).toBe('no ***-d-e is a name');
  });

  it('masks numbers as they were sent and as expressions see them', () => {
    const subject = about(null, { raws: ['{"a":12345678901234567890.5,"b":1.5e3,"c":-42}'] });
    expect(maskedMessage('12345678901234567890.5 1500 -42', subject)).toBe('***90.5 *** -***');
  });

  it('masks columns of rows, whatever separates them', () => {
    const message = 'bob and 0042 called jane at 2026-10-26';
    const shown = '*** and *** called *** at 2026-10-26';
    for (const row of [
      'bob,0042,jane',
      'bob 0042 jane',
      'bob::0042::jane',
      'bob0042jane',
      '"bob";"0042";"jane"',
    ])
      expect(maskedMessage(message, about(row))).toBe(shown);
  });

  it('masks what a cut message holds of a value', () => {
    const text = 'all of this is one and the same text of somebody';
    expect(maskedMessage('no all of this i...', about({ text }))).toBe('no ***...');
    expect(maskedMessage('no all of this...', about({}))).toBe('no all of this...');
  });

  it('masks the record as far as it came but for what is shown of it, and what stands for somebody', () => {
    const records = [
      JSON.stringify({
        usageClass: 'Voice',
        accountId: 'acct-1',
        originatingIdentifier: 'ab-12',
        extensions: { x: 'west' },
      }),
    ];
    const subject = about({}, { records, known: ['key-7', null] });
    expect(maskedMessage('Voice of acct-1: ab-12 west key-7', subject)).toBe('Voice of acct-1: *** *** ***');
  });

  it('shows nothing where it is not known what the record was', () => {
    const unknown = [
      { raws: [null] },
      { records: ['{"truncated":true}'] },
      { raws: [`"${'-'.repeat(65_536)}"`] },
    ];
    for (const subject of unknown.map((more) => about({}, more)))
      expect(maskedMessage('subscriber jane is blocked', subject)).toBe('***');
  });
});
