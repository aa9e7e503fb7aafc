import { startServer, type TestServer } from '../support/index.js';
import { FOUND } from './found.js';
import { brokenInvariants } from './invariants.js';
import { apply, FEEDS, type Operation, State, sumsOf, toRequest, verdictsOf, viewOf } from './model/index.js';
import { Sequences, toText } from './operations.js';
import { forRandom, timeoutMs } from './runs.js';
import { World } from './world.js';

const LENGTH = 30;

/** Random sequences of everything that can be done, against a model of what must become of it. */
describe('corrections', () => {
  let server: TestServer;
  let worlds = 0;

  beforeAll(async () => {
    server = await startServer({ configDir: null });
  });
  afterAll(() => server.stop());

  it(
    'leave what the model says, one after the other',
    () => forRandom('corrections', new Sequences(LENGTH), 1, check),
    timeoutMs(1),
  );

  it.each(FOUND)('%s', (_, operations) => check(operations));

  async function check(operations: readonly Operation[]): Promise<void> {
    const world = await World.create(server.api, `w${++worlds}`);
    const state = new State();
    for (const [n, operation] of operations.entries()) {
      const request = toRequest(state.things(), operation, `post-${n}`);
      if (!request) continue;
      const before = state.imports.length;
      const expected = apply(state, request);
      try {
        expect(await world.perform(request)).toEqual(expected);
        const added = state.imports.slice(before);
        for (const { number } of added)
          expect(await world.verdicts(number)).toEqual(verdictsOf(state, number));
        const touched = request.do === 'post' ? new Set(added.map(({ feed }) => feed)) : FEEDS.keys();
        for (const feed of touched) expect(await world.view(feed)).toEqual(viewOf(state, feed));
        const { all, live } = sumsOf(state);
        expect(all).toEqual(live);
      } catch (error) {
        throw failure(operations.slice(0, n + 1), request, error);
      }
    }
    for (const feed of FEEDS.keys()) {
      const broken = brokenInvariants(await world.facts(feed));
      if (broken.length) throw failure(operations, `feed ${feed}`, broken.join('\n'));
    }
  }
});

const failure = (done: readonly Operation[], last: unknown, cause: unknown) =>
  new Error(
    `${done.length} operations:\n${toText(done)}\nthe last: ${JSON.stringify(last)}\n${String(cause)}`,
    {
      cause,
    },
  );
