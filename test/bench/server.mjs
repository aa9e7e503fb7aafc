import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectDir } from '../../bin/build.mjs';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
/** As `npm run start:prod` sets them. */
const SERVER_FLAGS = ['--enable-source-maps', '--max-semi-space-size=8'];

/** A process of the built server, run as `npm run start:prod` does. */
export class Server {
  #process;
  #logFile;

  static async start({ role, port, folder, env }) {
    const server = new Server();
    server.port = port;
    server.#logFile = join(folder, `${role}-${port}.log`);
    const log = openSync(server.#logFile, 'a');
    server.#process = spawn(
      process.execPath,
      [...SERVER_FLAGS, join(projectDir, 'dist/apps/server/src/main.js')],
      {
        cwd: projectDir,
        env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port), FEEDMILL_ROLE: role, ...env },
        stdio: ['ignore', log, log],
      },
    );
    closeSync(log);
    try {
      await server.#untilReady(role);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get pid() {
    return this.#process.pid;
  }

  get isRunning() {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  logTail() {
    return readFileSync(this.#logFile, 'utf8').split('\n').slice(-20).join('\n');
  }

  async stop() {
    if (!this.isRunning) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  async #untilReady(role) {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await this.#isReady())) {
      if (!this.isRunning) throw new Error(`The server (${role}) ended while starting:\n${this.logTail()}`);
      if (Date.now() > deadline)
        throw new Error(`The server (${role}) does not become ready:\n${this.logTail()}`);
      await sleep(50);
    }
  }

  async #isReady() {
    try {
      const url = `http://127.0.0.1:${this.port}/healthz/ready`;
      return (await fetch(url, { signal: AbortSignal.timeout(2000) })).status === 200;
    } catch {
      return false;
    }
  }
}
