import progress from 'cli-progress';
import { toGrouped } from '../output/table.js';

/** Shows how far a send is, on stderr. */
export interface Progress {
  /** `bytesRead` of the file with that index are with the server, `records` more records are. */
  accepted(file: number, records: number, bytesRead: number): void;
  /** The rest of the line is about the waiting for verdicts. */
  waiting(finished: number, imports: number): void;
  note(text: string): void;
  stop(): void;
}

const plainEveryMs = 5000;

/** A bar on a terminal where the size of the input is known, else a line every five seconds. */
export function createProgress(
  sizes: (number | null)[],
  stderr: NodeJS.WriteStream,
  isBarWanted: boolean,
): Progress {
  const total = sizes.reduce<number | null>(
    (sum, size) => (sum === null || size === null ? null : sum + size),
    0,
  );
  return isBarWanted && stderr.isTTY && total !== null
    ? new BarProgress(total, stderr)
    : new PlainProgress(total, stderr);
}

/** Adds up what the files together have reached; batches of one file may be accepted in any order. */
class Reached {
  private readonly bytesByFile = new Map<number, number>();
  private readonly startedAt = performance.now();
  records = 0;

  add(file: number, records: number, bytesRead: number): void {
    this.records += records;
    this.bytesByFile.set(file, Math.max(bytesRead, this.bytesByFile.get(file) ?? 0));
  }

  get bytes(): number {
    return [...this.bytesByFile.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  get rate(): string {
    return `${toGrouped(Math.round(this.records / Math.max(this.seconds, 0.001)))} records/s`;
  }
}

class BarProgress implements Progress {
  private readonly reached = new Reached();
  private readonly bar: progress.SingleBar;
  private isBarShown = true;

  constructor(
    totalBytes: number,
    private readonly stderr: NodeJS.WriteStream,
  ) {
    this.bar = new progress.SingleBar(
      {
        stream: stderr,
        format: 'sending {bar} {percentage}%  {records} records  {rate}  {left}',
        linewrap: false,
        // Ctrl-C is the sender's: requests in flight end first.
        gracefulExit: false,
      },
      progress.Presets.shades_classic,
    );
    this.bar.start(totalBytes, 0, { records: '0', rate: '', left: '' });
  }

  accepted(file: number, records: number, bytesRead: number): void {
    this.reached.add(file, records, bytesRead);
    const { bytes, seconds, rate } = this.reached;
    const secondsLeft = bytes === 0 ? 0 : ((this.bar.getTotal() - bytes) / bytes) * seconds;
    this.bar.update(bytes, {
      records: toGrouped(this.reached.records),
      rate,
      left: `${toDuration(secondsLeft)} left`,
    });
  }

  waiting(finished: number, imports: number): void {
    this.hideBar();
    this.stderr.write(
      `\r\u001b[Kwaiting for the verdicts: ${toGrouped(finished)} of ${toGrouped(imports)} imports`,
    );
  }

  note(text: string): void {
    this.stderr.write(`\r\u001b[K${text}\n`);
  }

  stop(): void {
    if (this.isBarShown) this.hideBar();
    else this.stderr.write('\r\u001b[K');
  }

  private hideBar(): void {
    if (!this.isBarShown) return;
    this.isBarShown = false;
    this.bar.stop();
  }
}

class PlainProgress implements Progress {
  private readonly reached = new Reached();
  private shownAt = performance.now();

  constructor(
    private readonly totalBytes: number | null,
    private readonly stderr: NodeJS.WriteStream,
  ) {}

  accepted(file: number, records: number, bytesRead: number): void {
    this.reached.add(file, records, bytesRead);
    const part = this.totalBytes ? ` (${Math.floor((100 * this.reached.bytes) / this.totalBytes)} %)` : '';
    this.occasionally(() => `sent ${toGrouped(this.reached.records)} records${part}, ${this.reached.rate}`);
  }

  waiting(finished: number, imports: number): void {
    this.occasionally(() => `waiting for the verdicts: ${finished} of ${imports} imports`);
  }

  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  stop(): void {
    // Nothing stands on the terminal that would have to go.
  }

  private occasionally(toText: () => string): void {
    if (performance.now() - this.shownAt < plainEveryMs) return;
    this.shownAt = performance.now();
    this.note(toText());
  }
}

/** `95` is `1m35s`. */
function toDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${whole % 60}s`;
  return `${Math.floor(whole / 3600)}h${Math.floor((whole % 3600) / 60)}m`;
}
