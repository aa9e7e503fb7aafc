import type { ApiClient } from '../api-client.js';
import { UsageError, describeError } from '../errors.js';
import type { ExitCode } from '../exit-codes.js';
import { type RetryOptions, defaultRetryPolicy } from '../retry.js';
import type { Cli } from '../settings.js';
import { CsvSplitter } from './csv-splitter.js';
import { tryFirst } from './dry-run.js';
import { type FeedView, checkFormat, readFeed } from './feed.js';
import { type Format, toFormat } from './format.js';
import { JsonSplitter } from './json-splitter.js';
import { LineSplitter } from './line-splitter.js';
import { type Progress, createProgress } from './progress.js';
import { type SendFile, SendRun } from './send-run.js';
import { openSource } from './source.js';
import type { RecordSplitter } from './splitter.js';
import { type SendOutcome, report } from './report.js';
import { Uploader } from './uploader.js';
import { type Verdicts, waitForVerdicts } from './wait.js';

export interface SendOptions {
  feed: string;
  format?: Format;
  batch: number;
  concurrency: number;
  header?: boolean;
  delimiter?: string;
  quote?: string;
  source?: string;
  wait: boolean;
  dryRun?: boolean;
  /** Seconds to wait for verdicts. */
  timeout: number;
  /** Seconds to go on trying one request. */
  retryFor: number;
}

/** Bytes of records in one request: well below the server's limit for a body once gzipped. */
const batchBytes = 4 * 1024 * 1024;

/** Sends the files and says what became of their records. `interrupt` is aborted by Ctrl-C. */
export async function send(
  cli: Cli,
  paths: string[],
  options: SendOptions,
  interrupt: AbortSignal,
): Promise<ExitCode> {
  const { client, output } = cli;
  const feed = await readFeed(client, options.feed);
  if (options.dryRun && paths.length > 1) throw new UsageError('--dry-run tries one file; give one FILE');
  const files = openFiles(paths, options, feed);
  if (options.dryRun) return tryFirst(cli, files[0]!, options.feed);
  const progress = createProgress(
    files.map((file) => file.source.totalBytes),
    process.stderr,
    !output.isJson,
  );
  const retry: RetryOptions = {
    policy: { ...defaultRetryPolicy, giveUpAfterMs: options.retryFor * 1000 },
    signal: interrupt,
    onRetry: (error, pauseMs) =>
      progress.note(`${describeError(error)}; trying again in ${Math.ceil(pauseMs / 1000)} s`),
  };
  let outcome: SendOutcome;
  try {
    outcome = await sendAndWait(client, files, options, retry, interrupt, progress);
  } finally {
    progress.stop();
  }
  return report(cli, options, outcome);
}

async function sendAndWait(
  client: ApiClient,
  files: SendFile[],
  options: SendOptions,
  retry: RetryOptions,
  interrupt: AbortSignal,
  progress: Progress,
): Promise<SendOutcome> {
  const run = await sendAll(files, new Uploader(client, options.feed, retry), options, interrupt, progress);
  const outcome = { files: run.files, isComplete: !run.isStopped, verdicts: null, failure: run.failure };
  if (!options.wait || run.isStopped) return { ...outcome, isInterrupted: interrupt.aborted };
  try {
    const verdicts = await waitForAll(client, run, options, interrupt, retry, progress);
    return { ...outcome, verdicts, isInterrupted: interrupt.aborted };
  } catch (error) {
    const failure = { message: `reading the verdicts: ${describeError(error)}`, isUsage: false };
    return { ...outcome, failure, isInterrupted: interrupt.aborted };
  }
}

function openFiles(paths: string[], options: SendOptions, feed: FeedView | null): SendFile[] {
  if (options.source !== undefined && paths.length > 1)
    throw new UsageError('--source names one file; give one FILE');
  return paths.map((path) => {
    const format = options.format ?? toFormat(path);
    checkFormat(feed, format, path);
    const source = openSource(path);
    return {
      source: { ...source, name: options.source ?? source.name },
      format,
      splitter: toSplitter(format, options, feed),
    };
  });
}

function toSplitter(format: Format, options: SendOptions, feed: FeedView | null): RecordSplitter {
  switch (format) {
    case 'ndjson':
      return new LineSplitter();
    case 'json':
      return new JsonSplitter();
    case 'csv':
      return new CsvSplitter({
        delimiter: options.delimiter ?? feed?.rows?.delimiter ?? ',',
        quote: options.quote ?? feed?.rows?.quote ?? '"',
        hasHeader: options.header ?? feed?.rows?.header ?? false,
      });
  }
}

async function sendAll(
  files: SendFile[],
  uploader: Uploader,
  options: SendOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<SendRun> {
  const run = new SendRun(uploader, {
    limits: { records: options.batch, bytes: batchBytes },
    concurrency: options.concurrency,
    signal,
    onAccepted: (file, records, bytesRead) => progress.accepted(file, records, bytesRead),
  });
  for (const file of files) {
    if (!run.isStopped) await run.send(file);
  }
  await run.finish();
  return run;
}

async function waitForAll(
  client: ApiClient,
  run: SendRun,
  options: SendOptions,
  interrupt: AbortSignal,
  retry: RetryOptions,
  progress: Progress,
): Promise<Verdicts[]> {
  const signal = AbortSignal.any([interrupt, AbortSignal.timeout(options.timeout * 1000)]);
  const imports = run.files.reduce((sum, file) => sum + file.accepted.length, 0);
  let finished = 0;
  progress.waiting(0, imports);
  const verdicts: Verdicts[] = [];
  for (const file of run.files) {
    verdicts.push(
      await waitForVerdicts(client, file.accepted, {
        concurrency: options.concurrency,
        signal,
        retry: { ...retry, signal },
        onFinished: () => progress.waiting(++finished, imports),
      }),
    );
  }
  return verdicts;
}
