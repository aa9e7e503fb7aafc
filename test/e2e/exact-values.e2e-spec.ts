import { startServer, type ImportView, type TestServer } from '../support/index.js';
import {
  BAD,
  GOOD_TIMES,
  GOOD_VALUES,
  recordText,
  TEXTS,
  withPlainStrings,
  ZEROS,
} from './exact-values/records.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  const owner = (type: string, value: string, accountId: string, more: object = {}) => ({
    type,
    value,
    accountId,
    serviceId: `${accountId}-1`,
    ...more,
  });
  await server.api.put('/api/v1/identifiers', {
    identifiers: [
      owner('Account', 'moved-in', 'acct-new', { validFrom: '2026-04-17' }),
      owner('Account', 'shared', 'acct-a'),
      owner('Mobile', 'shared', 'acct-b'),
    ],
  });
}, 120_000);
afterAll(() => server?.stop());

const CSV = { 'content-type': 'text/csv' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

/** The entries that an import wrote, by the index of their record. */
async function usageOf({ trackingId }: ImportView) {
  const usage = await server.api.list('/api/v1/usage', { trackingId });
  return new Map(usage.map((entry) => [entry.index as number, entry]));
}

async function exceptionsOf({ trackingId }: ImportView) {
  const exceptions = await server.api.list('/api/v1/exceptions', { trackingId });
  return new Map(exceptions.map((exception) => [exception.index as number, exception]));
}

function expectSum({ counts }: ImportView): void {
  const { total, imported, exception, skipped, duplicate, pending } = counts;
  expect(imported! + exception! + skipped! + duplicate! + pending!).toBe(total);
  expect(pending).toBe(0);
}

/** `value x 0.0004`, half-even to 18 digits behind the point, by integers alone. */
function amountOf(value: string): string {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value)!;
  const scaled = BigInt(whole! + fraction.padEnd(18, '0')) * 4n;
  const half = scaled % 10_000n;
  const floor = scaled / 10_000n;
  const digits = String(half > 5000n || (half === 5000n && floor % 2n === 1n) ? floor + 1n : floor).padStart(
    19,
    '0',
  );
  const text = `${digits.slice(0, -18)}.${digits.slice(-18)}`.replace(/\.?0+$/, '');
  return text === '0' ? text : sign + text;
}

describe('values that are taken', () => {
  it('are exact to the last digit, as are their amounts', async () => {
    const records = GOOD_VALUES.map(([Value], i) => recordText(`value-${i}`, { Value }));
    const done = await server.api.importUsage('usageJson', `[${records.join(',')}]`);
    expect(done.counts).toMatchObject({ total: records.length, imported: records.length });
    const usage = await usageOf(done);
    const found = GOOD_VALUES.map(([text], i) => [text, usage.get(i).value, usage.get(i).rating.amount]);
    expect(found).toEqual(GOOD_VALUES.map(([text, value]) => [text, value, amountOf(value)]));
  });

  it('are skipped where they are zero, however that is written', async () => {
    const records = ZEROS.map((Value, i) => recordText(`zero-${i}`, { Value }));
    const done = await server.api.importUsage('usageJson', `[${records.join(',')}]`);
    expect(done).toMatchObject({
      counts: { skipped: ZEROS.length, imported: 0, exception: 0 },
      reasons: { skipped: { zero_value: ZEROS.length } },
    });
  });

  it('are moments, those without a zone in the zone of the feed', async () => {
    const records = GOOD_TIMES.map(([time], i) => recordText(`time-${i}`, { Date: JSON.stringify(time) }));
    const done = await server.api.importUsage('usageJson', `[${records.join(',')}]`);
    const usage = await usageOf(done);
    expect(GOOD_TIMES.map(([time], i) => [time, usage.get(i)?.date])).toEqual(GOOD_TIMES);
  });

  it('follow the feed over the hours that clocks skip and repeat', async () => {
    await server.api.post('/api/v1/feeds', {
      name: 'usage-toronto',
      apiName: 'usageToronto',
      format: 'records',
      profile: 'usage-json',
      usageKey: { fields: ['UdrUsageIdentifier'] },
      timeZone: 'America/Toronto',
    });
    const times = ['2026-03-08T02:30:00', '2026-11-01T01:30:00', '2026-07-01', '2026-03-08T02:30:00-05:00'];
    const records = times.map((time, i) => recordText(`toronto-${i}`, { Date: JSON.stringify(time) }));
    const done = await server.api.importUsage('usageToronto', `[${records.join(',')}]`);
    const usage = await usageOf(done);
    expect(times.map((_, i) => usage.get(i)?.date ?? null)).toEqual([
      null,
      '2026-11-01T05:30:00Z',
      '2026-07-01T04:00:00Z',
      '2026-03-08T07:30:00Z',
    ]);
    expect((await exceptionsOf(done)).get(0)).toMatchObject({ code: 'invalid_value', field: 'date' });
  });

  it('are texts as they were sent, whatever they look like', async () => {
    const records = TEXTS.map((text, i) =>
      recordText(`text-${i} ${text}`, {
        TerminatingIdentifier: JSON.stringify(text),
        Extensions: `{${JSON.stringify(text)}:${JSON.stringify(text)},"constructor":"c","big":9007199254740993}`,
      }).replace(/"__proto__":/, '"proto":'),
    );
    const done = await server.api.importUsage('usageJson', `[${records.join(',')}]`);
    expect(done.counts).toMatchObject({ imported: TEXTS.length });
    const usage = await usageOf(done);
    for (const [i, text] of TEXTS.entries()) {
      const entry = usage.get(i);
      expect([entry.usageKey, entry.usageIdentifier]).toEqual(Array(2).fill(`text-${i} ${text}`));
      expect(entry.terminatingIdentifier).toBe(text);
      const name = text === '__proto__' ? 'proto' : text;
      expect(Object.entries(entry.extensions)).toContainEqual([name, name === 'constructor' ? 'c' : text]);
      const found = await server.api.list('/api/v1/usage', { usageKey: entry.usageKey });
      expect(found.map(({ id }) => id)).toEqual([entry.id]);
    }
    const { text } = await rawAnswer(`/api/v1/usage/${usage.get(0).id}`);
    expect(text).toMatch(/"big": ?9007199254740993,/);
  });
});

async function rawAnswer(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.url}${path}`, {
    headers: { authorization: `Bearer ${server.api.key}` },
  });
  return { status: response.status, text: await response.text() };
}

describe('records that cannot become usage', () => {
  const good = (i: number) => recordText(`neighbour-${i}`);
  const bad = BAD.map(([, members], i) => recordText(`bad-${i}`, members));
  let done: ImportView;
  let exceptions: Map<number, Record<string, unknown>>;
  // Good ones at even places, bad ones between them.
  const placeOf = (i: number) => 2 * i + 1;
  beforeAll(async () => {
    const records = bad.flatMap((text, i) => [good(i), text]);
    done = await server.api.importUsage('usageJson', `[${[...records, good(bad.length)].join(',')}]`);
    exceptions = await exceptionsOf(done);
  });

  it('leave their neighbours alone, and the counts add up', async () => {
    expectSum(done);
    expect(done).toMatchObject({
      status: 'completed',
      counts: { total: 2 * bad.length + 1, imported: bad.length + 1, exception: bad.length },
      usageCount: bad.length + 1,
      error: null,
    });
    const usage = await usageOf(done);
    expect([...usage.keys()].sort((a, b) => a - b)).toEqual(bad.map((_, i) => 2 * i).concat(2 * bad.length));
    expect(new Set([...usage.values()].map(({ value, rating }) => `${value} ${rating.amount}`))).toEqual(
      new Set(['1250 0.5']),
    );
  });

  it.each(BAD.map(([what, , rejected], i) => [what, rejected, i] as const))(
    'such as %s are exceptions that name the cause',
    (_, rejected, i) => {
      const exception = exceptions.get(placeOf(i));
      expect(exception).toMatchObject({ ...rejected, status: 'open', trackingId: done.trackingId });
      expect(exception!.message).toEqual(expect.stringMatching(/\S/));
      expect(Buffer.byteLength(exception!.message as string)).toBeLessThanOrEqual(1024);
    },
  );

  it('stay readable as they were sent, digit by digit', async () => {
    const ids = bad.map((_, i) => exceptions.get(placeOf(i))!.id as string);
    for (const [i, id] of ids.entries()) {
      const { status, text } = await rawAnswer(`/api/v1/exceptions/${id}`);
      expect(status).toBe(200);
      if (!text.includes(`"raw":${withPlainStrings(bad[i]!)}`)) {
        throw new Error(`${BAD[i]![0]} is not shown as it was sent: ${text.slice(0, 2000)}`);
      }
    }
  });

  it('answer no request with a mistake of the server', () => {
    const answered = server.logLines().filter((line) => Number(line.status ?? line.statusCode) >= 500);
    expect(answered).toEqual([]);
  });
});

describe('elements and lines that are no records', () => {
  it('are exceptions in their place, with what stood there', async () => {
    const odd = ['null', '5', '[]', '"a string"', 'true', '[{"Value":1}]', '9007199254740993'];
    const body = `[${odd.flatMap((text, i) => [recordText(`odd-${i}`), text]).join(',')}]`;
    const done = await server.api.importUsage('usageJson', body);
    expectSum(done);
    expect(done.counts).toMatchObject({ imported: odd.length, exception: odd.length });
    const exceptions = await exceptionsOf(done);
    for (const [i, text] of odd.entries()) {
      const exception = exceptions.get(2 * i + 1);
      expect(exception).toMatchObject({ stage: 'decode', step: null, code: 'malformed_row', usageKey: null });
      expect((await rawAnswer(`/api/v1/exceptions/${exception.id}`)).text).toContain(`"raw":${text}`);
    }
  });

  it('cost a body of JSON lines nothing but themselves', async () => {
    const lines = [
      recordText('line-0'),
      '{"Value": 5, "UdrUsageIdentifier"',
      '',
      recordText('line-2'),
      'not json',
      '   ',
      `${recordText('line-4')}\r`,
      '{"a":1}}',
      recordText('line-6', { Value: '9007199254740993' }),
      '{"data":[',
      '[]',
      'null',
    ];
    const done = await server.api.importUsage('usageJson', lines.join('\n'), { headers: NDJSON });
    expectSum(done);
    expect(done.counts).toMatchObject({ total: 10, imported: 4, exception: 6 });
    expect([...(await usageOf(done)).values()].map(({ index, value }) => [index, value]).sort()).toEqual([
      [0, '1250'],
      [2, '1250'],
      [4, '1250'],
      [6, '9007199254740993'],
    ]);
    const raw = [...(await exceptionsOf(done)).values()].sort((a, b) => a.index - b.index);
    expect(raw.map(({ index, code, raw: sent }) => [index, code, sent])).toEqual([
      [1, 'malformed_row', '{"Value": 5, "UdrUsageIdentifier"'],
      [3, 'malformed_row', 'not json'],
      [5, 'malformed_row', '{"a":1}}'],
      [7, 'malformed_row', '{"data":['],
      [8, 'malformed_row', []],
      [9, 'malformed_row', null],
    ]);
  });
});

describe('rows', () => {
  const row = (minute: number, columns: Record<number, string> = {}) =>
    [
      `2022-05-01T03:${String(minute).padStart(2, '0')}:00`,
      'Unknown',
      '4038675309',
      '4038675345',
      '648-688-4180',
      '94',
      'False',
      'False',
      'data_class',
      'Data_1',
      'second',
    ]
      .map((column, i) => columns[i] ?? column)
      .join(',');

  it('that are broken cost themselves; quoted line ends and blank lines cost nothing', async () => {
    const rows = [
      row(0),
      row(1, { 10: '"two\r\nlines, ""quoted"""' }),
      row(2).split(',').slice(0, 7).join(','),
      row(3, { 5: '"94" calls' }),
      '',
      `${row(4)},one,more`,
      row(5, { 5: '"1,5"' }),
      row(6, { 10: '"never closed' }),
      '   ',
      row(7, { 0: '01/05/2022 03:07' }),
      row(8, { 5: '0.000000000000000001' }),
    ];
    const done = await server.api.importUsage('usageCsv', rows.join('\r\n'), { headers: CSV });
    expectSum(done);
    const exceptions = [...(await exceptionsOf(done)).values()].sort((a, b) => a.index - b.index);
    expect(exceptions.map(({ index, step, code, field, raw }) => [index, step, code, field, raw])).toEqual([
      [2, 'decode-delimited', 'malformed_row', null, rows[2]],
      [3, 'decode-delimited', 'malformed_row', null, rows[3]],
      [4, 'decode-delimited', 'malformed_row', null, rows[5]],
      [5, 'map-fields', 'invalid_value', 'value', rows[6]],
      [6, 'decode-delimited', 'malformed_row', null, rows[7]],
      [7, null, 'invalid_value', 'date', rows[9]],
    ]);
    const usage = await usageOf(done);
    expect([...usage.keys()].sort()).toEqual([0, 1, 8]);
    expect(usage.get(1).extensions).toEqual({ date2: 'two\r\nlines, "quoted"' });
    expect(usage.get(8)).toMatchObject({ value: '0.000000000000000001', rating: { amount: '0' } });
  });

  it('may have a header line and another delimiter where the feed says so', async () => {
    await server.api.post('/api/v1/feeds', {
      name: 'usage-semicolon',
      apiName: 'usageSemicolon',
      format: 'rows',
      rows: { delimiter: ';', quote: "'", header: true },
      profile: 'usage-csv',
      usageKey: { fields: [{ field: 'date', as: 'timestamp' }, 'originating'] },
    });
    const semicolons = (text: string) => text.replaceAll(',', ';');
    const header = semicolons('date,type,from,to,id,value,inbound,reverse,class,class type,second date');
    const body = `\ufeff\n${header}\n${semicolons(row(20))}\n\n${semicolons(row(21, { 10: "'a;b\nc'" }))}`;
    const done = await server.api.importUsage('usageSemicolon', body, { headers: CSV });
    expect(done.counts).toMatchObject({ total: 2, imported: 2 });
    expect((await usageOf(done)).get(1).extensions).toEqual({ date2: 'a;b\nc' });
  });
});
