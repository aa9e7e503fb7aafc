import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDir } from './data-dir.js';
import { LaunchError } from './launch-error.js';
import { findRedis, redisInstallCommand, startRedis } from './redis.js';

/** Sends commands in Redis' inline form; resolves with all that came back within a moment. */
function say(port: number, ...commands: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(`${commands.join('\r\n')}\r\nQUIT\r\n`));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('the private Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'feedmill-redis-'));
  const dataDir = new DataDir(join(folder, 'data'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('wants its password, writes what it is told to disk, and never evicts', async () => {
    const program = findRedis();
    if (!program) throw new Error(`install Redis: ${redisInstallCommand()}`);
    const redis = await startRedis(program, dataDir);
    try {
      const { port, password } = new URL(redis.url);
      expect(await say(Number(port), 'PING')).toContain('NOAUTH');
      const answer = await say(
        Number(port),
        `AUTH ${password}`,
        'CONFIG GET maxmemory-policy',
        'CONFIG GET appendonly',
      );
      expect(answer).toMatch(/noeviction[^]*appendonly\r\n\$3\r\nyes/);
    } finally {
      await redis.stop();
    }
  });

  it('shows the end of its log where it does not start', async () => {
    const program = findRedis() ?? '';
    await expect(startRedis(program, dataDir, { maxmemory: 'much' })).rejects.toThrow(LaunchError);
    await expect(startRedis(program, dataDir, { maxmemory: 'much' })).rejects.toThrow(
      /argument must be a memory value/,
    );
  });
});
