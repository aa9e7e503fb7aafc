import { Newcomer } from './newcomer.js';

interface Page<T> {
  readonly items: readonly T[];
}

interface Usage {
  readonly rating: { readonly amount: string; readonly currency: string };
}

const FIRST_START_MS = 300_000;
const NEXT_START_MS = 60_000;

const newcomer = new Newcomer();
const amounts = () => {
  const [usage] = newcomer.paste(newcomer.printed(/^ {2}curl .*\/usage"/)) as [Page<Usage>];
  return usage.items.map(({ rating }) => `${rating.amount} ${rating.currency}`).sort();
};

/** One story, told in order: each part begins where the one before ended. */
describe('the quick start, from an empty folder', () => {
  let printed = '';

  beforeAll(async () => {
    newcomer.cloneProject();
    printed = await newcomer.start(FIRST_START_MS);
  }, FIRST_START_MS + 30_000);

  afterAll(() => newcomer.leave(), 90_000);

  it('shows its progress, where everything is, and the admin key', () => {
    for (const step of ['Installing', 'Building', 'Starting Postgres', 'Starting the server'])
      expect(printed).toContain(step);
    expect(printed).toMatch(/Admin key +fm_\w+/);
    expect(printed).toMatch(/API docs +http/);
  });

  it('rates the two bodies of the source document by the commands it prints', () => {
    const posts = newcomer.paste(newcomer.printed(/^ {2}curl .* -d '/)) as {
      status: string;
      counts: { imported: number };
    }[];
    expect(posts.map(({ status, counts }) => [status, counts.imported])).toEqual([
      ['completed', 1],
      ['completed', 1],
    ]);
    expect(amounts()).toEqual(['0.5 USD', '4.7 USD']);
    const [imports] = newcomer.paste(newcomer.printed(/^ {2}curl .*\/imports"/)) as [Page<unknown>];
    const [exceptions] = newcomer.paste(newcomer.printed(/^ {2}curl .*\/exceptions"/)) as [Page<unknown>];
    expect([imports.items.length, exceptions.items.length]).toEqual([2, 0]);
  });

  it('stops everything at Ctrl-C', async () => {
    expect(await newcomer.pressCtrlC()).toBe(0);
    expect(newcomer.processes()).toEqual([]);
  }, 90_000);

  it('starts again in seconds, keeps the data, and does not show the key again', async () => {
    const begin = Date.now();
    const again = await newcomer.start(NEXT_START_MS);
    expect(Date.now() - begin).toBeLessThan(20_000);
    expect(again).not.toMatch(/Installing|Building/);
    expect(again).not.toMatch(/fm_\w+/);
    expect(amounts()).toEqual(['0.5 USD', '4.7 USD']);
  }, 90_000);

  it('starts again after the launcher was killed', async () => {
    await newcomer.killLauncher();
    await newcomer.start(NEXT_START_MS);
    expect(amounts()).toEqual(['0.5 USD', '4.7 USD']);
    expect(await newcomer.pressCtrlC()).toBe(0);
    expect(newcomer.processes()).toEqual([]);
  }, 150_000);
});
