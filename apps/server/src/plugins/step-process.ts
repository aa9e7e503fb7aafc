import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MARK_FD } from './mark-fd.js';

/** Entry of the children: the only processes that load plugins. */
const CHILD_ENTRY = fileURLToPath(new URL('../child.js', import.meta.url));

/** The child ended before it answered. */
export class StepProcessDied extends Error {
  constructor(readonly how: string) {
    super(`The child process ended: ${how}`);
    this.name = 'StepProcessDied';
  }
}

export interface StepProcessOptions {
  readonly heapMb: number;
  readonly env: Readonly<Record<string, string>>;
  /** Called for each line that the child writes to its mark pipe. */
  readonly onMark?: (line: string) => void;
  readonly onLog: (line: string) => void;
}

/** A batch lives long enough to be copied by every small collection: fewer of them cost less. */
const YOUNG_MB = 64;

/** For the last lines of a child that has ended, where something it started keeps its pipes open. */
const LAST_WORDS_MS = 1000;

/**
 * A child process that holds step code, and its one conversation: a request at a time, answered by a
 * reply. It is started on the first request, and again after it has died.
 */
export class StepProcess {
  private child: ChildProcess | null = null;
  private killedFor: string | null = null;
  private isAsked = false;

  constructor(private readonly options: StepProcessOptions) {}

  /** Starts the child ahead of its first request. */
  begin(): void {
    this.child ??= this.start();
  }

  /**
   * @throws StepProcessDied when the child ends first; all its marks have been told then
   * @throws Error with the child's message when it answers with an error
   */
  request<Reply>(message: object): Promise<Reply> {
    if (this.isAsked) throw new Error('The child is asked one thing at a time');
    this.isAsked = true;
    const child = (this.child ??= this.start());
    return new Promise<Reply>((resolve, reject) => {
      let lastWords: NodeJS.Timeout | undefined;
      const settle = (act: () => void) => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        child.off('close', onEnd);
        child.off('error', onError);
        clearTimeout(lastWords);
        this.isAsked = false;
        act();
      };
      const onMessage = (answer: { reply?: Reply; error?: { name: string; message: string } }) => {
        if ('error' in answer && answer.error) {
          const failure = Object.assign(new Error(answer.error.message), { name: answer.error.name });
          return settle(() => reject(failure));
        }
        if ('reply' in answer) settle(() => resolve(answer.reply as Reply));
      };
      const onEnd = (code: number | null, signal: string | null) =>
        settle(() =>
          reject(new StepProcessDied(this.killedFor ?? (signal ? `signal ${signal}` : `exit code ${code}`))),
        );
      const onExit = (code: number | null, signal: string | null) => {
        lastWords = setTimeout(() => onEnd(code, signal), LAST_WORDS_MS);
      };
      const onError = (error: Error) => settle(() => reject(new StepProcessDied(error.message)));
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.on('close', onEnd);
      child.on('error', onError);
      // One that cannot be spoken to any more is ended, and then says how it ended.
      child.send(message, (error) => error && child.kill('SIGKILL'));
    });
  }

  /** Ends the child at once; a request under way fails with `StepProcessDied`. */
  kill(why: string): void {
    if (!this.child) return;
    this.killedFor = why;
    this.child.kill('SIGKILL');
  }

  /** Lets the child end by itself, or ends it after the deadline. */
  async stop(deadlineMs = 2000): Promise<void> {
    const child = this.child;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await ended;
    clearTimeout(timer);
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  private start(): ChildProcess {
    this.killedFor = null;
    const child = fork(CHILD_ENTRY, [], {
      execArgv: [
        `--max-old-space-size=${this.options.heapMb}`,
        `--max-semi-space-size=${YOUNG_MB}`,
        '--enable-source-maps',
      ],
      env: { ...process.env, ...this.options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      serialization: 'json',
    });
    const forget = () => {
      if (this.child === child) this.child = null;
    };
    child.once('exit', forget);
    child.once('error', forget);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream! }).on('line', this.options.onLog);
    }
    createInterface({ input: child.stdio[MARK_FD] as Readable }).on('line', (line) =>
      this.options.onMark?.(line),
    );
    return child;
  }
}
