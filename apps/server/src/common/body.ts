import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

interface BodyConfig {
  readonly rawBody?: boolean;
  readonly mediaTypes?: readonly string[];
}

/** The route gets the body as received, a Buffer: ingest reads it itself, once. */
export const RawBody = (...mediaTypes: string[]) =>
  RouteConfig({ rawBody: true, mediaTypes } satisfies BodyConfig);

/** What a route takes that is not JSON alone. */
export const Takes = (...mediaTypes: string[]) =>
  applyDecorators(ApiConsumes(...mediaTypes), RouteConfig({ mediaTypes } satisfies BodyConfig));

/** In words, what may be sent to the route of a request. */
export function takenBy({ routeOptions }: Pick<FastifyRequest, 'routeOptions'>): string {
  const { mediaTypes = [] } = routeOptions.config as BodyConfig;
  return mediaTypes.join(', ') || 'application/json';
}

/** A text body of a route that takes CSV beside JSON. */
export interface TextBody {
  readonly contentType: string;
  readonly text: string;
}

const MAX_DEPTH = 64;

/** Refuses nesting that recursive code behind us could not survive. */
function tooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? Object.values(v) : []));
  }
  return false;
}

/**
 * A body by its content type.
 * @param taken names the content types of the route, for who sends another
 * @param parseJson where numbers must be kept as they were sent
 * @throws Problem 400 `malformed_body`, 415 `unsupported_media_type`
 */
export function parseBody(
  body: Buffer,
  contentType: string,
  taken = 'application/json',
  parseJson: (text: string) => unknown = JSON.parse,
): unknown {
  const type = contentType.split(';')[0]!.trim().toLowerCase();
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new Problem(415, 'unsupported_media_type', `Charset ${charset} is not offered; send UTF-8.`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new Problem(400, 'malformed_body', 'The body is not valid UTF-8.');
  }
  const isJson = type === 'application/json' || type === '';
  if (!isJson && !taken.split(', ').includes(type)) {
    if (text === '') return undefined;
    throw new Problem(
      415,
      'unsupported_media_type',
      `Content type ${type.slice(0, 100)} is not taken here; taken are ${taken}.`,
    );
  }
  if (type === 'text/csv') return { contentType: type, text } satisfies TextBody;
  if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text));
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new Problem(
      400,
      'malformed_body',
      `The body is not JSON: ${(error as Error).message.slice(0, 200)}`,
    );
  }
  if (tooDeep(value))
    throw new Problem(400, 'malformed_body', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  return value;
}

/** What a client may still send of a body that is refused; beyond that its connection is cut. */
const MAX_DRAINED_BODIES = 8;

/**
 * Lets a client finish sending a body that is too large: cut off in the middle, it would see a broken
 * connection and not the 413.
 */
function drainRefusedBodies(server: FastifyInstance, maxBodyBytes: number): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (reply.statusCode === 413 && announced <= MAX_DRAINED_BODIES * maxBodyBytes) {
      void reply.removeHeader('connection');
    }
    done(null, payload);
  });
}

/** One parser for every content type: what a route takes is the route's to say. */
export function installBodyParser(server: FastifyInstance, maxBodyBytes: number): void {
  server.removeAllContentTypeParsers();
  drainRefusedBodies(server, maxBodyBytes);
  server.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: maxBodyBytes },
    (request: FastifyRequest, body: Buffer, done: (error: Error | null, body?: unknown) => void) => {
      if ((request.routeOptions.config as BodyConfig).rawBody) return done(null, body);
      try {
        done(null, parseBody(body, request.headers['content-type'] ?? '', takenBy(request)));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}
