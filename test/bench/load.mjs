import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('load-process.mjs', import.meta.url));

/** The load generator as its parent sees it. */
export class Load {
  #process = fork(ENTRY, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

  get pid() {
    return this.#process.pid;
  }

  /** Makes the bodies of a stream: `{first, records, perRequest, keys, mix}`. */
  prepare(stream) {
    return this.#ask({ kind: 'prepare', stream });
  }

  /**
   * Posts what was prepared; resolves behind the last answer with `{beganAt, seconds, milliseconds}`.
   * @throws where an answer is not 202
   */
  post(target, inFlight) {
    return this.#ask({ kind: 'post', target, inFlight });
  }

  stop() {
    if (this.#process.connected) this.#process.disconnect();
  }

  #ask(message) {
    return new Promise((resolve, reject) => {
      const onMessage = ({ answer, error }) => {
        this.#process.off('exit', onExit);
        if (error) reject(new Error(error));
        else resolve(answer);
      };
      const onExit = () => reject(new Error('the load generator ended'));
      this.#process.once('message', onMessage);
      this.#process.once('exit', onExit);
      this.#process.send(message);
    });
  }
}
