import { ApiError, UsageError, describeError } from '../errors.js';
import { isWorthRetrying } from '../retry.js';
import { type Batch, type BatchLimits, readBatches } from './batch.js';
import { findMalformedRecord } from './diagnosis.js';
import type { Format } from './format.js';
import { Lanes } from './lanes.js';
import type { Source } from './source.js';
import type { RecordSplitter } from './splitter.js';
import type { Accepted, Uploader } from './uploader.js';

/** What of one file the server has. */
export interface SentFile {
  source: string;
  records: number;
  accepted: Accepted[];
}

/** What kept a send from going to its end. */
export interface SendFailure {
  /** For people: the place in the file where there is one, and the reason. */
  message: string;
  /** The file is the reason, not the server. */
  isUsage: boolean;
}

export interface SendFile {
  source: Source;
  format: Format;
  splitter: RecordSplitter;
}

export interface SendRunOptions {
  limits: BatchLimits;
  concurrency: number;
  /** Aborted: nothing new is sent, what is in flight ends. */
  signal: AbortSignal;
  onAccepted: (file: number, records: number, bytesRead: number) => void;
}

/**
 * Sends files one after the other, several requests in flight, reading only as fast as requests leave. The first
 * request that fails for good, and the signal, stop it; everything accepted until then is in `files`.
 */
export class SendRun {
  readonly files: SentFile[] = [];
  failure: SendFailure | null = null;
  private readonly lanes: Lanes;
  private reading: Source | null = null;

  constructor(
    private readonly uploader: Uploader,
    private readonly options: SendRunOptions,
  ) {
    this.lanes = new Lanes(options.concurrency);
    options.signal.addEventListener('abort', () => this.reading?.close());
  }

  get isStopped(): boolean {
    return this.failure !== null || this.options.signal.aborted;
  }

  async send(file: SendFile): Promise<void> {
    const sent: SentFile = { source: file.source.name, records: 0, accepted: [] };
    const index = this.files.push(sent) - 1;
    this.reading = file.source;
    try {
      for await (const batch of readBatches(file.source, file.splitter, this.options.limits)) {
        if (this.isStopped) break;
        await this.lanes.start(() => this.sendBatch(batch, file.format, sent, index));
      }
    } catch (error) {
      // A file that was closed because the send stops ends in an error of its own.
      if (!this.isStopped) this.fail({ message: describeError(error), isUsage: error instanceof UsageError });
    }
  }

  /** Resolves when nothing is in flight any more. */
  async finish(): Promise<void> {
    await this.lanes.idle();
  }

  private async sendBatch(batch: Batch, format: Format, sent: SentFile, index: number): Promise<void> {
    if (this.isStopped) return;
    try {
      await this.uploader.upload(batch, format, (accepted) => {
        sent.accepted.push(accepted);
        sent.records += accepted.records;
        this.options.onAccepted(index, accepted.records, batch.bytesRead);
      });
    } catch (error) {
      const isGivenUp = this.options.signal.aborted && isWorthRetrying(error);
      if (!isGivenUp) this.fail(toFailure(error, batch, format));
    }
  }

  private fail(failure: SendFailure): void {
    this.failure ??= failure;
    this.reading?.close();
  }
}

function toFailure(error: unknown, batch: Batch, format: Format): SendFailure {
  if (error instanceof ApiError && error.code === 'malformed_body') {
    const found = findMalformedRecord(batch, format);
    if (found) return { message: `${batch.source}, record ${found.record}: ${found.problem}`, isUsage: true };
  }
  const last = batch.firstRecord + batch.records.length - 1;
  return {
    message: `${batch.source}, records ${batch.firstRecord} to ${last}: ${describeError(error)}`,
    isUsage: false,
  };
}
