import { parseExactJson } from './exact-json.js';
import { scanJson } from './scan.js';

/** As `parseExactJson`, which only texts with such numbers have to pay for. */
export function parseKeepingNumbers(text: string): unknown {
  return scanJson(text).hasExactNumbers ? parseExactJson(text) : JSON.parse(text);
}
