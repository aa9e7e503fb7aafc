import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 25;

/** Within this after its fault every import is terminal: a lease (3 s), a bell rung again (5 s), a slow machine. */
export const TERMINAL_MS = Number(process.env.FAULT_TERMINAL_MS ?? 45_000);

/**
 * Polls until there is something; an error while looking is nothing found yet.
 * @throws after the deadline, with what was waited for and the last error
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs: number,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = null;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = null;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: last });
    await sleep(POLL_MS);
  }
}
