import pg from 'pg';
import { startServer, type TestServer } from '../support/index.js';
import { FOUND } from './found.js';
import { brokenInvariants } from './invariants.js';
import {
  apply,
  FEEDS,
  type Operation,
  type Request,
  SCOPES,
  State,
  sumsOf,
  toRequest,
  totalsOf,
  verdictsOf,
  viewOf,
} from './model/index.js';
import { Sequences, toText } from './operations.js';
import { forRandom, timeoutMs } from './runs.js';
import { World } from './world.js';

const LENGTH = 30;
/** All feeds are looked at each time that so many operations are done; in between those that the operation is about. */
const LOOK_AT_ALL = 10;

/** Random sequences of everything that can be done, against a model of what must become of it. */
describe('corrections', () => {
  let server: TestServer;
  let database: pg.Pool;
  let worlds = 0;

  beforeAll(async () => {
    server = await startServer({ configDir: null });
    database = new pg.Pool({ connectionString: server.database.url, max: 4 });
    database.on('error', () => undefined);
  });
  afterAll(async () => {
    await database?.end();
    await server?.stop();
  });

  it(
    'leave what the model says, one after the other',
    () => forRandom('corrections', new Sequences(LENGTH), 1, check),
    timeoutMs(1),
  );

  it.each(FOUND)('%s', (_, operations) => check(operations));

  async function check(operations: readonly Operation[]): Promise<void> {
    const world = await World.create(server.api, database, `w${++worlds}`);
    const state = new State();
    for (const [n, operation] of operations.entries()) {
      const request = toRequest(state.things(), operation, `post-${n}`);
      if (!request) continue;
      const before = state.imports.length;
      const expected = apply(state, request);
      try {
        expect(await world.perform(request)).toEqual(expected);
        const added = state.imports.slice(before).map(({ number }) => number);
        for (const number of added) expect(await world.verdicts(number)).toEqual(verdictsOf(state, number));
        const isLast = n === operations.length - 1;
        const seen = isLast || n % LOOK_AT_ALL === 0 ? FEEDS.keys() : touched(state, request, added);
        for (const feed of seen) expect(await world.view(feed)).toEqual(viewOf(state, feed));
        const { all, live } = sumsOf(state);
        expect(all).toEqual(live);
      } catch (error) {
        throw failure(operations.slice(0, n + 1), request, error);
      }
    }
    try {
      for (const feed of FEEDS.keys()) expect(await world.totals(feed)).toEqual(totalsOf(state, feed));
      for (const feeds of SCOPES) expect(brokenInvariants(await world.facts(feeds))).toEqual([]);
    } catch (error) {
      throw failure(operations, 'in the end', error);
    }
  }
});

/** Feeds that a request is about, and those that share keys with them. */
function touched(state: State, request: Request, imports: readonly number[]): Set<number> {
  const about = imports.map((number) => state.imports[number]!.feed);
  if ('of' in request) about.push(state.record(request.of).feed);
  return new Set(SCOPES.filter((feeds) => feeds.some((feed) => about.includes(feed))).flat());
}

const failure = (done: readonly Operation[], last: unknown, cause: unknown) =>
  new Error(
    `${done.length} operations:\n${toText(done)}\nthe last: ${JSON.stringify(last)}\n${String(cause)}`,
    {
      cause,
    },
  );
