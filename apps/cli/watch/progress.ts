import progress from 'cli-progress';
import { toGrouped } from '../output/table.js';

/** How far something has come that decides about records. */
export interface Reached {
  done: number;
  total: number;
  /** What has been decided so far, in a few words. */
  text: string;
}

export interface Progress {
  show: (reached: Reached) => void;
  /** Leaves the terminal to others. */
  stop: () => void;
}

const plainEveryMs = 5000;

/** A bar on a terminal, else a line every five seconds. */
export function createProgress(stderr: NodeJS.WriteStream, nowMs = () => performance.now()): Progress {
  return stderr.isTTY ? barProgress(stderr) : plainProgress(stderr, nowMs);
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  const bar = new progress.SingleBar(
    {
      stream,
      format: '{bar} {percentage}%  {value} of {total} records  {text}',
      formatValue: (value, _, type) =>
        type === 'value' || type === 'total' ? toGrouped(value) : String(value),
      linewrap: false,
      clearOnComplete: true,
      gracefulExit: false,
    },
    progress.Presets.shades_classic,
  );
  let isShown = false;
  return {
    show({ done, total, text }) {
      if (!isShown) bar.start(total, done, { text });
      isShown = true;
      bar.setTotal(total);
      bar.update(done, { text });
    },
    stop: () => {
      if (isShown) bar.stop();
      isShown = false;
    },
  };
}

function plainProgress(stderr: NodeJS.WritableStream, nowMs: () => number): Progress {
  let shownAt = nowMs();
  return {
    show(reached) {
      if (nowMs() - shownAt < plainEveryMs) return;
      shownAt = nowMs();
      stderr.write(`${toProgressLine(reached)}\n`);
    },
    stop: () => undefined,
  };
}

export function toProgressLine({ done, total, text }: Reached): string {
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  return `${toGrouped(done)} of ${toGrouped(total)} records (${percent} %)${text && `: ${text}`}`;
}
