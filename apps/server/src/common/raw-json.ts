import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/**
 * JSON text that goes into an answer as it is: what a source sent, or the ledger's extensions. Read
 * into JavaScript and written again, its long numbers would change.
 */
export class RawJson {
  constructor(readonly text: string) {}
}

/** Stands for a raw text while the rest is written; nobody outside this process can know it. */
const MARK = `raw-json-${randomBytes(16).toString('hex')}-`;
const MARKED = new RegExp(`"${MARK}(\\d+)"`, 'g');

/** As `JSON.stringify`, with every `RawJson` spliced in. */
export function stringifyJson(value: unknown): string {
  const raw: RawJson[] = [];
  const text = JSON.stringify(value, (_, member: unknown) =>
    member instanceof RawJson ? `${MARK}${raw.push(member) - 1}` : member,
  );
  return raw.length ? text.replace(MARKED, (_, n: string) => raw[Number(n)]!.text) : text;
}

/** Answers of all routes may hold `RawJson`. Before the routes are registered. */
export function installReplySerializer(server: FastifyInstance): void {
  server.setReplySerializer((payload) => stringifyJson(payload));
}
