import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type ApiAnswer, type ApiClient, pathPart } from '../api-client.js';
import { ApiError } from '../errors.js';
import { type RetryOptions, withRetry } from '../retry.js';
import { type Batch, halve } from './batch.js';
import type { Format } from './format.js';
import { type RequestBody, toIdempotencyKey, toRequestBody } from './request-body.js';

const compress = promisify(gzip);

/** One request that the server took: committed there, whatever happens to us now. */
export interface Accepted {
  trackingId: string;
  records: number;
  /** The server had it already, from an earlier run. */
  isReplay: boolean;
}

/** Brings batches to one feed: compressed, under their idempotency keys, again where that can help. */
export class Uploader {
  constructor(
    private readonly client: ApiClient,
    private readonly feed: string,
    private readonly retry: RetryOptions,
  ) {}

  /**
   * Posts the batch; one that is too much for a single request (413) in halves, one after the other. `onAccepted` is
   * called for each request as soon as the server has it.
   * @throws ApiError or ConnectionError when a request is refused or retries are used up
   */
  async upload(batch: Batch, format: Format, onAccepted: (accepted: Accepted) => void): Promise<void> {
    try {
      const answer = await this.post(batch, toRequestBody(batch, format));
      onAccepted({
        trackingId: (answer.body as { trackingId: string }).trackingId,
        records: batch.records.length,
        isReplay: answer.headers.get('idempotency-replayed') === 'true',
      });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 413 && batch.records.length > 1)) throw error;
      for (const half of halve(batch)) await this.upload(half, format, onAccepted);
    }
  }

  private async post(batch: Batch, body: RequestBody): Promise<ApiAnswer> {
    const compressed = await compress(body.bytes, { level: 1 });
    const headers = {
      'content-type': body.contentType,
      'content-encoding': 'gzip',
      'idempotency-key': toIdempotencyKey(this.feed, batch, body),
      'feedmill-source': toHeaderText(batch.source),
    };
    const path = `/feeds/${pathPart(this.feed)}/usage`;
    return withRetry(() => this.client.request('POST', path, { headers, body: compressed }), this.retry);
  }
}

/** Headers are bytes: the name goes as its UTF-8, each byte one character, as the server reads it back. */
function toHeaderText(name: string): string {
  return Buffer.from(name.replace(/\p{Cc}/gu, ' ').trim()).toString('latin1');
}
