import pg from 'pg';
import {
  type ApiClient,
  type ImportView,
  type TestServer,
  startServer,
  untilSettled,
} from '../support/index.js';

let server: TestServer;
let api: ApiClient;
let feeds = 0;

interface ZoneRules {
  readonly timeZone: string;
  readonly dstOverlap?: 'earlier' | 'later' | 'reject';
  readonly dstGap?: 'reject' | 'shift';
}

const field = (name: string, from: string, more: object = {}) => ({ field: name, from, ...more });

beforeAll(async () => {
  server = await startServer({ configDir: null });
  api = server.api;
  await api.post('/api/v1/profiles', { name: 'clock' });
  await api.post('/api/v1/profiles/clock/versions', {
    decode: { use: 'decode-json@1', config: {} },
    steps: [
      {
        use: 'map-fields@1',
        config: { fields: [field('date', 'start'), field('value', 'value'), field('timeZone', 'zone')] },
      },
    ],
  });
  await api.post('/api/v1/profiles/clock/versions/1/publish', { comment: 'for the tests' });
});
afterAll(() => server?.stop());

/** A feed of meters, each with one record at a time. */
async function feedOf(rules: ZoneRules): Promise<string> {
  const apiName = `clock${++feeds}`;
  await api.post('/api/v1/feeds', {
    name: `Clock ${feeds}`,
    apiName,
    format: 'records',
    profile: 'clock',
    usageKey: { fields: ['meter', { field: 'start', as: 'timestamp' }] },
    ...rules,
  });
  return apiName;
}

const reading = (start: string, more: object = {}) => ({ meter: 'm', start, value: '1', ...more });

interface Entry {
  readonly date: string;
  readonly timeZone: string;
  readonly localDate: string;
  readonly postedAt: string;
}

const entriesOf = async ({ trackingId }: ImportView): Promise<Entry[]> =>
  (await api.list('/api/v1/usage', { trackingId })).reverse();

/** What became of one local time: the moment and its local date, or what was said against it. */
async function readAs(rules: ZoneRules, start: string): Promise<string> {
  const done = await api.importUsage(await feedOf(rules), reading(start));
  const [entry] = await entriesOf(done);
  if (entry) return `${entry.date} ${entry.localDate}`;
  const [{ code, stage, field: name, message }] = await api.list('/api/v1/exceptions', {
    trackingId: done.trackingId,
  });
  return `${stage} ${code} ${name}: ${/(happened twice|did not happen) in \S+/.exec(message)?.[0]}`;
}

describe('a local time', () => {
  it.each([
    ['Europe/Berlin', '2026-10-25 02:30', 'earlier', '2026-10-25T00:30:00Z 2026-10-25'],
    ['Europe/Berlin', '2026-10-25 02:30', 'later', '2026-10-25T01:30:00Z 2026-10-25'],
    ['America/New_York', '2026-11-01 01:30:00', 'earlier', '2026-11-01T05:30:00Z 2026-11-01'],
    ['America/New_York', '2026-11-01 01:30:00', 'later', '2026-11-01T06:30:00Z 2026-11-01'],
    ['America/St_Johns', '2026-11-01 01:30', 'earlier', '2026-11-01T04:00:00Z 2026-11-01'],
    ['America/St_Johns', '2026-11-01 01:30', 'later', '2026-11-01T05:00:00Z 2026-11-01'],
    ['Australia/Lord_Howe', '2026-04-05 01:45', 'earlier', '2026-04-04T14:45:00Z 2026-04-05'],
    ['Australia/Lord_Howe', '2026-04-05 01:45', 'later', '2026-04-04T15:15:00Z 2026-04-05'],
  ] as const)(
    'that happened twice in %s (%s) is the %s one: %s',
    async (timeZone, start, dstOverlap, expected) => {
      expect(await readAs({ timeZone, dstOverlap }, start)).toBe(expected);
    },
  );

  it.each([
    ['Europe/Berlin', '2026-03-29 02:15', '2026-03-29T01:15:00Z 2026-03-29'],
    ['America/New_York', '2026-03-08 02:30', '2026-03-08T07:30:00Z 2026-03-08'],
    ['America/St_Johns', '2026-03-08 02:30', '2026-03-08T06:00:00Z 2026-03-08'],
    ['Australia/Lord_Howe', '2026-10-04 02:15', '2026-10-03T15:45:00Z 2026-10-04'],
  ])('that did not happen in %s (%s) is shifted behind the gap: %s', async (timeZone, start, expected) => {
    expect(await readAs({ timeZone, dstGap: 'shift' }, start)).toBe(expected);
  });

  it.each([
    ['Europe/Berlin', '2026-03-29 02:15', 'did not happen'],
    ['America/New_York', '2026-03-08 02:30', 'did not happen'],
    ['Australia/Lord_Howe', '2026-10-04 02:15', 'did not happen'],
    ['Europe/Berlin', '2026-10-25 02:30', 'happened twice'],
    ['America/New_York', '2026-11-01 01:30', 'happened twice'],
    ['America/St_Johns', '2026-11-01 01:30', 'happened twice'],
  ])('in %s (%s) that %s is refused where the feed says so', async (timeZone, start, problem) => {
    // It is part of the usage key, so it is refused where the record is decoded.
    expect(await readAs({ timeZone, dstOverlap: 'reject', dstGap: 'reject' }, start)).toBe(
      `decode invalid_value start: ${problem} in ${timeZone}`,
    );
  });

  it.each([
    ['Asia/Kolkata', '2026-03-01 00:15', '2026-02-28T18:45:00Z 2026-03-01'],
    ['Asia/Kathmandu', '2026-03-01', '2026-02-28T18:15:00Z 2026-03-01'],
    ['Pacific/Kiritimati', '2026-03-01 00:00', '2026-02-28T10:00:00Z 2026-03-01'],
    ['Europe/Berlin', '2026-10-25 03:00', '2026-10-25T02:00:00Z 2026-10-25'],
    ['Europe/Berlin', '2026-03-29 03:00', '2026-03-29T01:00:00Z 2026-03-29'],
    ['UTC', '2026-03-29 02:15', '2026-03-29T02:15:00Z 2026-03-29'],
  ])('in %s is read by the zone of the feed: %s is %s', async (timeZone, start, expected) => {
    expect(await readAs({ timeZone, dstOverlap: 'reject' }, start)).toBe(expected);
  });
});

describe('a time with an offset', () => {
  it('is that moment, whatever the clocks did; both hours of an overlap are usage of their own', async () => {
    const feed = await feedOf({ timeZone: 'Europe/Berlin', dstOverlap: 'reject', dstGap: 'reject' });
    const done = await api.importUsage(feed, [
      reading('2026-10-25T02:30:00+02:00'),
      reading('2026-10-25T02:30:00+01:00'),
      reading('2026-10-25T00:30:00Z'),
      reading('2026-03-29T02:15:00+01:00'),
    ]);
    expect(done.counts).toMatchObject({ imported: 3, duplicate: 1, exception: 0 });
    expect((await entriesOf(done)).map(({ date }) => date)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-03-29T01:15:00Z',
    ]);
  });

  it('has the local date of its own zone where the record says one, else of the feed', async () => {
    const feed = await feedOf({ timeZone: 'America/New_York' });
    const done = await api.importUsage(feed, [
      reading('2026-05-01T03:59:59Z'),
      reading('2026-05-01T04:00:00Z'),
      reading('2026-05-01T15:00:00Z', { zone: 'Asia/Tokyo' }),
      reading('2026-05-01 23:00:00', { zone: 'Europe/Berlin' }),
    ]);
    expect((await entriesOf(done)).map((e) => [e.date, e.timeZone, e.localDate])).toEqual([
      ['2026-05-01T03:59:59Z', 'America/New_York', '2026-04-30'],
      ['2026-05-01T04:00:00Z', 'America/New_York', '2026-05-01'],
      ['2026-05-01T15:00:00Z', 'Asia/Tokyo', '2026-05-02'],
      ['2026-05-02T03:00:00Z', 'Europe/Berlin', '2026-05-02'],
    ]);
  });
});

describe('days', () => {
  it.each([
    ['Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25', 25],
    ['America/New_York', '2026-03-08T05:00:00Z', '2026-03-08', 23],
    ['America/New_York', '2026-11-01T04:00:00Z', '2026-11-01', 25],
    ['Asia/Kolkata', '2026-10-24T18:30:00Z', '2026-10-25', 24],
  ])(
    'of totals in %s from %s are those of entries: %s has %d hours',
    async (timeZone, midnight, day, hours) => {
      const feed = await feedOf({ timeZone });
      const start = Date.parse(midnight) - 24 * 3_600_000;
      const records = Array.from({ length: 73 }, (_, n) =>
        reading(new Date(start + n * 3_600_000).toISOString().replace('.000', '')),
      );
      const entries = await entriesOf(await api.importUsage(feed, records));
      const byDay = new Map<string, number>();
      for (const { localDate } of entries) byDay.set(localDate, (byDay.get(localDate) ?? 0) + 1);
      const { items } = await api.get('/api/v1/usage/totals', { feed, groupBy: 'day' });
      expect(items.map((total: { day: string; value: string }) => [total.day, Number(total.value)])).toEqual([
        ...byDay,
      ]);
      expect(byDay.get(day)).toBe(hours);
    },
  );
});

describe('the moment of posting', () => {
  it('is when the entry was stored, and the order of changes', async () => {
    const before = Date.now();
    const feed = await feedOf({ timeZone: 'Australia/Lord_Howe' });
    const done = [
      await api.importUsage(feed, [reading('2026-01-01 12:00'), reading('2026-01-01 11:00')]),
      await api.importUsage(feed, reading('2020-01-01 12:00')),
    ];
    const posted = (await Promise.all(done.map(entriesOf)))
      .flat()
      .map(({ postedAt }) => Date.parse(postedAt));
    expect(posted).toEqual([...posted].sort((a, b) => a - b));
    expect(posted[0]).toBeGreaterThanOrEqual(before - 1);
    expect(posted.at(-1)).toBeLessThanOrEqual(Date.now() + 1);
    const client = new pg.Client({ connectionString: server.database.url });
    await client.connect();
    await untilSettled(client);
    await client.end();
    const { items } = await api.get('/api/v1/usage/changes', { feed });
    expect(items.map((entry: Entry) => entry.date)).toEqual([
      '2026-01-01T01:00:00Z',
      '2026-01-01T00:00:00Z',
      '2020-01-01T01:00:00Z',
    ]);
  });
});
