import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './process-identity.js';
import { freePort } from './ports.js';
import { launch } from './launcher.js';

/** Stands for the server: is ready at once, and does what a path tells it. */
const STUB = `
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
writeFileSync(process.env.STUB_ENV, JSON.stringify(process.env));
createServer((request, response) => {
  response.end('{}');
  if (request.url === '/crash') { console.error('it broke here'); process.exit(7); }
}).listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
`;

describe('launch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'feedmill-launch-'));
  const stub = join(folder, 'stub.mjs');
  const envFile = join(folder, 'env.json');
  const dataDir = join(folder, 'data');
  let port: number;

  /** Launches and hands over once it is up; resolves with the exit code and what was printed. */
  async function launchUntilReady(whenReady: () => unknown, env: NodeJS.ProcessEnv = {}) {
    const printed: string[] = [];
    const code = await launch({
      projectDir: folder,
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        FEEDMILL_DATA_DIR: dataDir,
        STUB_ENV: envFile,
        ...env,
      },
      step: (_title, work) => work(),
      print: (text) => {
        printed.push(text);
        if (text.includes('Feedmill runs')) void whenReady();
      },
      since: Date.now(),
      serverMain: stub,
    });
    return { code, printed: printed.join('\n') };
  }

  const serverEnv = () => JSON.parse(readFileSync(envFile, 'utf8')) as Record<string, string>;
  const interrupt = () => process.emit('SIGINT', 'SIGINT');
  const leftRunning = () =>
    readdirSync(join(dataDir, 'run'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => (JSON.parse(readFileSync(join(dataDir, 'run', name), 'utf8')) as { pid: number }).pid)
      .filter(isAlive);

  beforeAll(async () => {
    writeFileSync(stub, STUB);
    port = await freePort();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the server its databases and the admin key, prints the key once, and stops all of it when told', async () => {
    const first = await launchUntilReady(interrupt);
    const { DATABASE_URL, REDIS_URL, FEEDMILL_BOOTSTRAP_ADMIN_KEY: key } = serverEnv();
    expect(DATABASE_URL).toMatch(/^postgres:\/\/feedmill:[\w-]+@127\.0\.0\.1:\d+\/feedmill$/);
    expect(REDIS_URL).toMatch(/^redis:\/\/:[\w-]+@127\.0\.0\.1:\d+\/0$/);
    expect(key).toMatch(/^fm_[a-z0-9]{12}_[a-z0-9]{32}$/);
    expect(first.printed).toContain(key);
    expect([first.code, leftRunning()]).toEqual([0, []]);
    const second = await launchUntilReady(interrupt);
    expect(serverEnv().FEEDMILL_BOOTSTRAP_ADMIN_KEY).toBe(key);
    expect(second.printed).not.toContain(key);
  });

  it('starts nothing of its own where the operator names databases', async () => {
    const given = { DATABASE_URL: 'postgres://somewhere/else', REDIS_URL: 'redis://somewhere' };
    await launchUntilReady(interrupt, { ...given, FEEDMILL_DATA_DIR: join(folder, 'bare') });
    expect(serverEnv()).toMatchObject(given);
    expect(readdirSync(join(folder, 'bare'))).not.toContain('postgres');
  });

  it('stops the rest and says so when the server ends by itself', async () => {
    const { code, printed } = await launchUntilReady(() => fetch(`http://127.0.0.1:${port}/crash`));
    expect(printed).toMatch(/The server ended with exit code 7\. Its log: .*server\.log/);
    expect(printed).toContain('it broke here');
    expect([code, leftRunning()]).toEqual([1, []]);
  });

  it('says in one message that the port is taken', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    const { code, printed } = await launchUntilReady(interrupt);
    await new Promise((resolve) => other.close(resolve));
    expect([code, printed.trim()]).toEqual([1, expect.stringMatching(/^Port \d+ of 127\.0\.0\.1 is taken/)]);
  });

  it('works without Redis, and says what that means and what installs it', async () => {
    const { printed } = await launchUntilReady(interrupt, {
      PATH: folder,
      DATABASE_URL: 'postgres://somewhere/else',
    });
    expect(serverEnv().REDIS_URL).toBe('');
    expect(printed).toMatch(/No Redis on this machine: work is dispatched inside this one process/);
  });
});
