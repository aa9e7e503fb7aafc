import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../apps/server/src/embedded/process-identity.js';
import { Newcomer } from './newcomer.js';

interface Page<T> {
  readonly items?: readonly T[];
}

interface Import {
  readonly status: string;
  readonly counts: { readonly imported: number; readonly duplicate: number };
}

interface Usage {
  readonly rating: { readonly amount: string; readonly currency: string };
}

const FIRST_START_MS = 300_000;
const NEXT_START_MS = 60_000;
const VERDICT_MS = 15_000;

/** The two bodies of the source document; then ten of the same minutes, two calls, two hours by night, and a reading in place of an estimate. */
const AFTER_TOUR = [
  '0.5 USD',
  '4.7 USD',
  '0.5 USD',
  '0.04 USD',
  '0.006 USD',
  '0.0657 EUR',
  '0.06132 EUR',
  '0.156 EUR',
  '-0.156 EUR',
  '0.13416 EUR',
].sort();

const newcomer = new Newcomer();

/** The items of the list that one of these commands asks for. */
function list<T>(name: string, commands: readonly string[]): readonly T[] {
  const command = commands.find((text) => text.includes(`/api/v1/${name}"`));
  if (!command) throw new Error(`no command asks for ${name}`);
  const [page] = newcomer.paste([command]) as [Page<T>];
  if (!page.items) throw new Error(`${name} answered ${JSON.stringify(page)}`);
  return page.items;
}

const printedCommands = () => newcomer.printed(/^ {2}curl /).map((line) => line.trim());
const posts = (commands: readonly string[]) => commands.filter((command) => command.includes(" -d '"));

function amounts(commands = printedCommands()): string[] {
  const usage = list<Usage>('usage', commands);
  return usage.map(({ rating }) => `${rating.amount} ${rating.currency}`).sort();
}

async function importsWhenDecided(): Promise<readonly Import[]> {
  const deadline = Date.now() + VERDICT_MS;
  for (;;) {
    const imports = list<Import>('imports', printedCommands());
    if (imports.every(({ status }) => status === 'completed') || Date.now() > deadline) return imports;
    await sleep(200);
  }
}

async function stopLeavingNothing(): Promise<void> {
  const pids = newcomer.recordedPids();
  expect(pids.length).toBeGreaterThanOrEqual(3);
  await newcomer.pressCtrlC();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(newcomer.processes()).toEqual([]);
}

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

  it('rates the two bodies of the source document by the commands of the README', async () => {
    const commands = newcomer.readmeCommands();
    expect(newcomer.paste(posts(commands))).toHaveLength(2);
    const decided = { status: 'completed', counts: { imported: 1 } };
    expect(await importsWhenDecided()).toMatchObject([decided, decided]);
    expect(amounts(commands)).toEqual(['0.5 USD', '4.7 USD']);
    expect(list('exceptions', commands)).toEqual([]);
  });

  it('takes the same bodies for duplicates by the commands that it printed', async () => {
    expect(newcomer.paste(posts(printedCommands()))).toHaveLength(2);
    const [latest, before] = await importsWhenDecided();
    const decided = { status: 'completed', counts: { imported: 0, duplicate: 1 } };
    expect([latest, before]).toMatchObject([decided, decided]);
    expect(amounts()).toEqual(['0.5 USD', '4.7 USD']);
  });

  it('goes on the tour from the command line, to other industries too', () => {
    const tour = newcomer.readmeBlocks().filter((block) => block.includes('npx feedmill send'));
    expect(tour).toHaveLength(2);
    const shown = newcomer.pasteBlocks(tour);
    // source, requests, total, imported, exception, skipped, duplicate, pending
    expect(shown).toMatch(/^usage\.csv +1 +2 +1 +0 +1 +0 +0$/m);
    expect(shown).toContain('No exceptions.');
    expect(shown).toMatch(/^calls\.csv +1 +2 +2 +0 +0 +0 +0$/m);
    expect(shown).toMatch(/^meter\.csv +1 +4 +4 +0 +0 +0 +0$/m);
    expect(amounts()).toEqual(AFTER_TOUR);
  });

  it('stops everything at Ctrl-C', async () => {
    await stopLeavingNothing();
  }, 90_000);

  it('starts again in seconds, keeps the data, and does not show the key again', async () => {
    const begin = Date.now();
    const again = await newcomer.start(NEXT_START_MS);
    expect(Date.now() - begin).toBeLessThan(30_000);
    expect(again).not.toMatch(/Installing|Building/);
    expect(again).not.toMatch(/fm_\w+/);
    expect(amounts()).toEqual(AFTER_TOUR);
  }, 90_000);

  it('starts again after the launcher was killed', async () => {
    await newcomer.killLauncher();
    await newcomer.start(NEXT_START_MS);
    expect(amounts()).toEqual(AFTER_TOUR);
    await stopLeavingNothing();
  }, 150_000);
});
