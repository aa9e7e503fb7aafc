import { createHash } from 'node:crypto';
import type { Batch } from './batch.js';
import type { Format } from './format.js';

export interface RequestBody {
  contentType: string;
  bytes: Buffer;
}

/**
 * One batch as a request body. The bytes of the records are kept as they are: JSON records are joined, rows become JSON
 * strings (`{"data":["row",...]}`), so that neither the feed's header setting nor its quoting can tell rows apart
 * differently than was done here. What is not UTF-8 stays so, and the server refuses it.
 */
export function toRequestBody(batch: Batch, format: Format): RequestBody {
  switch (format) {
    case 'ndjson':
      return { contentType: 'application/x-ndjson', bytes: join(batch.records, '', '\n', '\n') };
    case 'json':
      return { contentType: 'application/json', bytes: join(batch.records, '{"data":[', ',', ']}') };
    case 'csv':
      return {
        contentType: 'application/json',
        bytes: join(batch.records.map(toJsonString), '{"data":[', ',', ']}'),
      };
  }
}

/**
 * The `Idempotency-Key` of a batch: the same records as the same batch of the same source to the same feed have the
 * same key in every run, so that an interrupted send can be repeated and stores nothing twice.
 */
export function toIdempotencyKey(feed: string, batch: Batch, body: RequestBody): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([feed, batch.source, batch.number, body.contentType]));
  hash.update(body.bytes);
  return `feedmill-send-${hash.digest('hex')}`;
}

/** The bytes as a JSON string: latin1 takes each byte for a character, so what is not escaped comes out unchanged. */
function toJsonString(row: Buffer): Buffer {
  return Buffer.from(JSON.stringify(row.toString('latin1')), 'latin1');
}

function join(records: Buffer[], before: string, between: string, after: string): Buffer {
  const separator = Buffer.from(between);
  const parts = records.flatMap((record, index) => (index === 0 ? [record] : [separator, record]));
  return Buffer.concat([Buffer.from(before), ...parts, Buffer.from(after)]);
}
