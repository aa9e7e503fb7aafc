import { type ExitCode, exitCodes } from './exit-codes.js';

/**
 * Runs work that Ctrl-C and SIGTERM ask to end, saying `text` once it knows; a second one ends the process at once.
 */
export async function untilInterrupted(
  text: string,
  work: (signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort();
    process.stderr.write(`\n${text}\n`);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(interrupt.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
