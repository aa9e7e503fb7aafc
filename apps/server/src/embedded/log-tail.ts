import { closeSync, copyFileSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

const POLL_MS = 300;
const KEPT_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** The same line is shown again only after so long: a database that is down says so with every request. */
const QUIET_MS = 30_000;

/**
 * Shows the warnings and errors of a log that another process appends to, and keeps the file from growing without end.
 * @returns what shows the rest and stops
 */
export function showProblems(file: string, print: (line: string) => void): () => void {
  let offset = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let partial = '';
  const shownAt = new Map<string, number>();
  const show = (text: string) => {
    const line = toConsoleLine(text);
    if (line === null || Date.now() - (shownAt.get(line) ?? 0) < QUIET_MS) return;
    if (shownAt.size > 100) shownAt.clear();
    shownAt.set(line, Date.now());
    print(line);
  };
  const read = () => {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > KEPT_BYTES) {
      copyFileSync(file, `${file}.1`);
      truncateSync(file);
    }
    const text = partial + readChunk(file, offset, Math.min(size - offset, CHUNK_BYTES));
    offset = size > KEPT_BYTES ? 0 : size;
    const lines = text.split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) show(line);
  };
  const timer = setInterval(read, POLL_MS);
  return () => {
    clearInterval(timer);
    read();
  };
}

/** A line of the server's log for people; null for what they need not see. What is no JSON (a crash, say) is shown as it is. */
export function toConsoleLine(line: string): string | null {
  if (!line.startsWith('{')) return line.trim() || null;
  try {
    const { level, msg, context, err } = JSON.parse(line) as {
      level?: string;
      msg?: string;
      context?: string;
      err?: { message?: string };
    };
    if (level !== 'warn' && level !== 'error' && level !== 'fatal') return null;
    const reason = err?.message && !msg?.includes(err.message) ? ` (${err.message})` : '';
    return `${level === 'warn' ? 'warning' : level}: ${context ? `${context}: ` : ''}${msg ?? ''}${reason}`;
  } catch {
    return line;
  }
}

function readChunk(file: string, offset: number, bytes: number): string {
  if (bytes <= 0) return '';
  const buffer = Buffer.alloc(bytes);
  const descriptor = openSync(file, 'r');
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, offset)).toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
