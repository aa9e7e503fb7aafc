import { createInterface } from 'node:readline/promises';
import { Declined, UsageError } from './errors.js';

interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream & { isTTY?: boolean };
}

/**
 * Asks before what cannot simply be taken back. Where nobody can be asked, `--yes` has to say it.
 * @throws Declined where the answer is not yes; UsageError where nobody can be asked
 */
export async function confirm(
  question: string,
  isConfirmed = false,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (isConfirmed) return;
  if (!terminal.input.isTTY || !terminal.output.isTTY)
    throw new UsageError(`${question} Say --yes where nobody can be asked.`);
  const answer = await ask(`${question} [y/N] `, terminal);
  if (!/^y(es)?$/i.test(answer.trim())) throw new Declined('Nothing was done.');
}

/** Ctrl-C and Ctrl-D are no answer. */
async function ask(question: string, { input, output }: Terminal): Promise<string> {
  const lines = createInterface({ input, output });
  const isGone = new AbortController();
  lines.once('SIGINT', () => lines.close()).once('close', () => isGone.abort());
  try {
    return await lines.question(question, { signal: isGone.signal });
  } catch {
    output.write('\n');
    return '';
  } finally {
    lines.close();
  }
}
