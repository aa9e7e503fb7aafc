import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A request as the stub received it, its body decompressed. */
export interface StubRequest {
  method: string;
  /** Below `/api/v1`, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  text: string;
}

export interface StubAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Answers a request; undefined where the route is none of its own. */
export type StubRoute = (request: StubRequest) => StubAnswer | undefined | Promise<StubAnswer | undefined>;

/** A server on a free port of the loopback that speaks just enough of the API for one spec. */
export class StubApi {
  readonly requests: StubRequest[] = [];
  private readonly server: Server;

  private constructor(private readonly routes: StubRoute[]) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(...routes: StubRoute[]): Promise<StubApi> {
    const stub = new StubApi(routes);
    await new Promise<void>((resolve) => stub.server.listen(0, '127.0.0.1', resolve));
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    this.requests.push(request);
    for (const route of this.routes) {
      const answer = await route(request);
      if (answer) return write(response, answer);
    }
    write(response, problem(404, 'not_found', `no route ${request.method} ${request.path}`));
  }
}

/** An answer as problem+json. */
export function problem(status: number, code: string, detail: string, more: object = {}): StubAnswer {
  const body = { type: 'about:blank', title: code, status, detail, code, ...more };
  return { status, headers: { 'content-type': 'application/problem+json' }, body };
}

async function readRequest(incoming: IncomingMessage): Promise<StubRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const url = new URL(incoming.url ?? '/', 'http://stub');
  return {
    method: incoming.method ?? '',
    path: url.pathname.replace(/^\/api\/v1/, ''),
    query: url.searchParams,
    headers: incoming.headers,
    text: (incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString(),
  };
}

function write(response: ServerResponse, { status = 200, headers = {}, body }: StubAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
