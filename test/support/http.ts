import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else the text. */
  readonly body: T;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Null sends none; default: the client's own. */
  readonly key?: string | null;
}

/** What an import looks like on the wire, as far as tests ask for it. */
export interface ImportView {
  readonly trackingId: string;
  readonly status: 'queued' | 'processing' | 'completed' | 'failed';
  readonly counts: Readonly<
    Record<'total' | 'imported' | 'exception' | 'skipped' | 'duplicate' | 'pending', number>
  >;
  readonly reasons: Readonly<Record<'skipped' | 'exception', Readonly<Record<string, number>>>>;
  readonly usageCount: number;
  readonly [field: string]: unknown;
}

// Tests read answers freely; what they find there is what they assert.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

type Body = string | Uint8Array<ArrayBuffer> | object | null | undefined;

const REQUEST_TIMEOUT_MS = 30_000;

/** A client of the HTTP API that says what it got when it did not get what was expected. */
export class ApiClient {
  constructor(
    readonly url: string,
    readonly key: string | null,
  ) {}

  /** The same server with another key. */
  as(key: string | null): ApiClient {
    return new ApiClient(this.url, key);
  }

  /** Strings and bytes go as they are, anything else as JSON; no status is an error. */
  async request<T = Json>(
    method: string,
    path: string,
    body?: Body,
    options: RequestOptions = {},
  ): Promise<Answer<T>> {
    const url = new URL(path, this.url);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const key = options.key === undefined ? this.key : options.key;
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const payload = isRaw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body);
    const response = await fetch(url, {
      method,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      body: body === undefined ? null : payload,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as T,
    };
  }

  /** The body of a 2xx answer. */
  async get<T = Json>(path: string, query?: RequestOptions['query']): Promise<T> {
    return expectOk(`GET ${path}`, await this.request<T>('GET', path, undefined, query ? { query } : {}));
  }

  async post<T = Json>(path: string, body: Body, options?: RequestOptions): Promise<T> {
    return expectOk(`POST ${path}`, await this.request<T>('POST', path, body, options));
  }

  async put<T = Json>(path: string, body: Body, options?: RequestOptions): Promise<T> {
    return expectOk(`PUT ${path}`, await this.request<T>('PUT', path, body, options));
  }

  async patch<T = Json>(path: string, body: Body, options?: RequestOptions): Promise<T> {
    return expectOk(`PATCH ${path}`, await this.request<T>('PATCH', path, body, options));
  }

  /** Posts usage to a feed; the answer as it is, 202 or not. */
  postUsage<T = Json>(feed: string | number, body: Body, options?: RequestOptions): Promise<Answer<T>> {
    return this.request<T>('POST', `/api/v1/feeds/${feed}/usage`, body, options);
  }

  /** Posts usage that must be accepted, and waits for its verdicts. */
  async importUsage(feed: string | number, body: Body, options?: RequestOptions): Promise<ImportView> {
    const answer = await this.postUsage(feed, body, options);
    if (answer.status !== 202) throw unexpected(`post to ${feed}`, answer);
    return this.waitForImport((answer.body as { trackingId: string }).trackingId);
  }

  /** Polls until the import is completed or failed. */
  async waitForImport(trackingId: string, timeoutMs = 30_000): Promise<ImportView> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = await this.get<ImportView>(`/api/v1/imports/${trackingId}`);
      if (found.status === 'completed' || found.status === 'failed') return found;
      if (Date.now() > deadline)
        throw new Error(
          `import ${trackingId} is not finished after ${timeoutMs} ms: ${JSON.stringify(found)}`,
        );
      await sleep(50);
    }
  }

  /** All items of a list, page by page. */
  async list<T = Json>(path: string, query: RequestOptions['query'] = {}): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: T[]; nextCursor: string | null } = await this.get(path, {
        limit: 1000,
        ...query,
        ...(cursor ? { cursor } : {}),
      });
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return items;
  }
}

function expectOk<T>(what: string, answer: Answer<T>): T {
  if (answer.status < 200 || answer.status > 299) throw unexpected(what, answer);
  return answer.body;
}

function unexpected(what: string, { status, body }: Answer<unknown>): Error {
  return new Error(`${what} answered ${status}: ${typeof body === 'string' ? body : JSON.stringify(body)}`);
}
