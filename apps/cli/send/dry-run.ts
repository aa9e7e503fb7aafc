import { pathPart } from '../api-client.js';
import { UsageError } from '../errors.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { type Column, toGrouped, toTable } from '../output/table.js';
import type { Cli } from '../settings.js';
import { type Batch, readBatches } from './batch.js';
import { toRequestBody } from './request-body.js';
import type { SendFile } from './send-run.js';

/** So many records the server tries in one request. */
const maxRecords = 100;
const maxBytes = 4 * 1024 * 1024;

interface Rating {
  amount: string;
  currency: string;
}

/** A record as a dry run shows it; only what the table has. */
interface TriedRecord {
  index: number;
  verdict: string;
  usageKey: string | null;
  reason: string | null;
  usage: { value: string; rating: Rating | null }[];
  exception: { code: string; message: string } | null;
}

interface DryRun {
  counts: Record<string, number>;
  records: TriedRecord[];
}

const columns: Column<TriedRecord>[] = [
  { title: 'record', value: ({ index }) => index + 1 },
  {
    title: 'verdict',
    value: ({ verdict }) => verdict,
    colour: ({ verdict }) => (verdict === 'exception' ? 'red' : null),
  },
  { title: 'usage key', value: ({ usageKey }) => usageKey, maxWidth: 40 },
  { title: 'value', value: ({ usage }) => joined(usage.map(({ value }) => value)), align: 'right' },
  {
    title: 'amount',
    value: ({ usage }) => joined(usage.map(({ rating }) => toAmount(rating))),
    align: 'right',
  },
  {
    title: 'why',
    value: ({ exception, reason }) => (exception ? `${exception.code}: ${exception.message}` : reason),
    maxWidth: 100,
  },
];

/** Has the server try the first records of a file, and shows what each would come to. Nothing is stored there. */
export async function tryFirst(cli: Cli, file: SendFile, feed: string): Promise<ExitCode> {
  const batch = await firstBatch(file);
  const { contentType, bytes } = toRequestBody(batch, file.format);
  const { body } = await cli.client.request('POST', `/feeds/${pathPart(feed)}/usage`, {
    query: { dryRun: 'true' },
    headers: { 'content-type': contentType },
    body: bytes,
  });
  const tried = body as DryRun;
  cli.output.result(tried, () => toText(cli, tried));
  cli.output.note(`The first ${toGrouped(batch.records.length)} records were tried; nothing was stored.`);
  return tried.counts.exception ? exitCodes.exceptions : exitCodes.ok;
}

async function firstBatch({ source, splitter }: SendFile): Promise<Batch> {
  for await (const batch of readBatches(source, splitter, { records: maxRecords, bytes: maxBytes }))
    return batch;
  throw new UsageError(`${source.name}: there are no records in it`);
}

function toText({ output }: Cli, { counts, records }: DryRun): string {
  const sums = Object.entries(counts).filter(([name, count]) => name !== 'total' && count > 0);
  const sum = sums.map(([name, count]) => `${toGrouped(count)} ${name}`).join(', ');
  return `${toTable(columns, records, output.paint)}\n\n${sum}`;
}

function joined(parts: readonly string[]): string | null {
  return parts.length === 0 ? null : parts.join(', ');
}

function toAmount(rating: Rating | null): string {
  return rating ? `${rating.amount} ${rating.currency}` : '-';
}
