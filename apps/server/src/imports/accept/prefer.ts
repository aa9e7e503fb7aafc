import { badParameter } from '../../common/index.js';

export const MAX_WAIT_SECONDS = 10;

const PREFERENCES = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const WAIT = /^\s*wait\s*(?:=\s*(?:"(?<quoted>[^"]*)"|(?<plain>[^;]*?)))?\s*(?:;|$)/i;

/**
 * For how many seconds a client would have its answer held (RFC 7240, `Prefer: wait=5`), at most ten; null where it
 * does not say. Other preferences are nothing to us, and of two of a name the first counts.
 * @throws Problem 400 where it is no whole number
 */
export function readWait(header: string | string[] | undefined): number | null {
  if (header === undefined) return null;
  for (const [preference] of String(header).matchAll(PREFERENCES)) {
    const { quoted, plain } = WAIT.exec(preference)?.groups ?? {};
    if (!WAIT.test(preference)) continue;
    const seconds = quoted ?? plain ?? '';
    if (!/^\d+$/.test(seconds))
      throw badParameter('Prefer', 'wait must be a whole number of seconds, e.g. wait=5.');
    return Math.min(Number(seconds), MAX_WAIT_SECONDS);
  }
  return null;
}
