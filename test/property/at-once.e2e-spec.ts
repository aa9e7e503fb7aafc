import fc from 'fast-check';
import pg from 'pg';
import { startServer, type TestServer } from '../support/index.js';
import { brokenInvariants } from './invariants.js';
import { type Operation, SCOPES, toRequest } from './model/index.js';
import { OPERATION, toText } from './operations.js';
import { forRandom, timeoutMs } from './runs.js';
import { World } from './world.js';

const ROUNDS = 6;
/** Of the sequences that are run one operation after the other. */
const SHARE = 1 / 4;

/** First usage, then two to four operations at once, again and again. */
const ROUNDS_AT_ONCE = fc.array(fc.array(OPERATION, { minLength: 2, maxLength: 4 }), {
  minLength: 1,
  maxLength: ROUNDS,
  size: 'max',
});

/** What no order of events may break, where no model can say which of them came first. */
describe('corrections at once', () => {
  let server: TestServer;
  let database: pg.Pool;
  let worlds = 0;

  beforeAll(async () => {
    server = await startServer({ configDir: null, env: { FEEDMILL_WORKER_SLOTS: '4' } });
    database = new pg.Pool({ connectionString: server.database.url, max: 4 });
    database.on('error', () => undefined);
  });
  afterAll(async () => {
    await database?.end();
    await server?.stop();
  });

  it(
    'keep each key live at most once, the sums, the counts, and a reason for everything',
    () => forRandom('at once', ROUNDS_AT_ONCE, SHARE, check),
    timeoutMs(SHARE),
  );

  async function check(rounds: readonly (readonly Operation[])[]): Promise<void> {
    const world = await World.create(server.api, database, `a${++worlds}`);
    const done: string[] = [];
    try {
      for (const [n, operations] of rounds.entries()) {
        const things = await world.things();
        const requests = operations.flatMap((operation, i) => {
          const request = toRequest(things, operation, `post-${n}-${i}`);
          return request ? [request] : [];
        });
        done.push(JSON.stringify(requests));
        await Promise.all(requests.map((request) => world.perform(request)));
        await world.settle();
        for (const feeds of SCOPES) expect(brokenInvariants(await world.facts(feeds))).toEqual([]);
      }
    } catch (error) {
      const asked = rounds.map((operations) => toText(operations)).join('\n  at once with:\n');
      throw new Error(`${asked}\nasked:\n${done.join('\n')}\n${String(error)}`, { cause: error });
    }
  }
});
