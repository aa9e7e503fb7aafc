import { ApiError, ConnectionError, type ProblemDetail } from './errors.js';
import { parseJson, toJson } from './json.js';

/** Longer than any answer takes: the server gives up on its database after 5 s, and waits 10 s at most on request. */
const requestTimeoutMs = 60_000;

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface ApiRequest {
  query?: Query;
  headers?: Record<string, string>;
  /** Sent as JSON, or as it is where it is bytes (then `headers` names the content type). */
  body?: unknown;
}

export interface ApiAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** Speaks HTTP with one Feedmill server. Paths are below `/api/v1`. */
export class ApiClient {
  constructor(
    readonly url: string,
    private readonly key: string | null,
  ) {}

  async get<T>(path: string, query?: Query): Promise<T> {
    return (await this.request('GET', path, { query })).body as T;
  }

  /** The value at `path`, or null where there is none (404). */
  async find<T>(path: string): Promise<T | null> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  async send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
    return (await this.request(method, path, { body })).body as T;
  }

  /**
   * One request, one answer; retries are the caller's (see retry.ts).
   * @throws ApiError for an answer that is not 2xx, ConnectionError for none
   */
  async request(method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    const response = await this.fetch(method, path, request);
    const text = await response.text().catch((cause: unknown) => {
      throw this.connectionError(cause);
    });
    if (!response.ok) throw toApiError(response, text);
    return { status: response.status, headers: response.headers, body: readBody(response, text) };
  }

  /**
   * The body of an answer piece by piece, as it arrives: however large, however long it takes once it has begun.
   * @throws ApiError for an answer that is not 2xx; ConnectionError for none, or for one that breaks off
   */
  async *stream(path: string, query?: Query): AsyncGenerator<Uint8Array> {
    const isLate = new AbortController();
    const timer = setTimeout(() => isLate.abort(timeoutError()), requestTimeoutMs);
    const response = await this.fetch('GET', path, { query }, isLate.signal).finally(() =>
      clearTimeout(timer),
    );
    if (!response.ok) throw toApiError(response, await response.text().catch(() => ''));
    if (response.body === null) return;
    try {
      yield* response.body;
    } catch (cause) {
      throw this.connectionError(cause);
    }
  }

  private async fetch(
    method: string,
    path: string,
    { query, headers, body }: ApiRequest,
    signal = AbortSignal.timeout(requestTimeoutMs),
  ): Promise<Response> {
    const isBytes = body instanceof Uint8Array;
    try {
      return await fetch(`${this.url}/api/v1${path}${toQueryString(query)}`, {
        method,
        redirect: 'manual',
        signal,
        headers: {
          accept: 'application/json',
          ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
          ...(body === undefined || isBytes ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isBytes ? body : toJson(body) }),
      });
    } catch (cause) {
      throw this.connectionError(cause);
    }
  }

  private connectionError(cause: unknown): ConnectionError {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const code = (reason as { code?: string }).code;
    if (code === 'ECONNREFUSED') {
      return new ConnectionError(`nothing answers at ${this.url}; is \`npm start\` running?`, true);
    }
    if ((cause as Error).name === 'TimeoutError') {
      return new ConnectionError(`${this.url} did not answer within ${requestTimeoutMs / 1000} s`, false);
    }
    const detail = reason instanceof Error ? reason.message : String(reason);
    return new ConnectionError(`no answer from ${this.url}: ${code ?? detail}`, false);
  }
}

/** As `AbortSignal.timeout` gives it. */
function timeoutError(): Error {
  return new DOMException('too late', 'TimeoutError');
}

/** `text` as one part of a path. */
export function pathPart(text: string): string {
  return encodeURIComponent(text);
}

function toQueryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

function readBody(response: Response, text: string): unknown {
  if (text === '') return null;
  try {
    if (isJson(response)) return parseJson(text);
  } catch {
    // Said below, as for every other answer that Feedmill does not give.
  }
  const detail = `the answer is not JSON; is this a Feedmill server? (${response.url})`;
  throw new ApiError(response.status, 'not_json', detail);
}

function toApiError(response: Response, text: string): ApiError {
  const problem = isJson(response) ? parseProblem(text) : null;
  const detail =
    problem?.detail ?? problem?.title ?? `HTTP ${response.status} without an explanation (${response.url})`;
  const retryAfterMs = toRetryAfterMs(response.headers.get('retry-after'), Date.now());
  return new ApiError(
    response.status,
    problem?.code ?? 'unexpected_answer',
    detail,
    Array.isArray(problem?.errors) ? problem.errors : [],
    retryAfterMs,
    problem?.requestId ?? null,
  );
}

function isJson(response: Response): boolean {
  return /^application\/([a-z.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '');
}

interface Problem {
  title?: string;
  detail?: string;
  code?: string;
  requestId?: string;
  errors?: ProblemDetail[];
}

function parseProblem(text: string): Problem | null {
  try {
    const value = parseJson(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** `Retry-After` (RFC 9110: seconds or a date) in milliseconds from `nowMs`; null where it says nothing. */
export function toRetryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
