import { type ExitCode, exitCodes } from '../exit-codes.js';
import type { Output } from '../output/output.js';
import type { Cli } from '../settings.js';
import type { SendFailure, SentFile } from './send-run.js';
import { type SendSummary, addVerdicts, summarizeFile, toSummaryText } from './summary.js';
import type { Verdicts } from './wait.js';

/** How a send ended. */
export interface SendOutcome {
  files: SentFile[];
  /** Every record of every file is with the server. */
  isComplete: boolean;
  isInterrupted: boolean;
  /** One for each file; null where nobody waited for them. */
  verdicts: Verdicts[] | null;
  failure: SendFailure | null;
}

const repeatHint = 'Repeat the command to send the rest: what was accepted is not stored twice.';

/** Shows the summary, says what to do next, and gives the exit code. */
export function report(
  { output }: Cli,
  options: { feed: string; timeout: number },
  outcome: SendOutcome,
): ExitCode {
  const files = outcome.files.map((file, index) => summarizeFile(file, outcome.verdicts?.[index] ?? null));
  const summary: SendSummary = {
    feed: options.feed,
    complete: outcome.isComplete,
    interrupted: outcome.isInterrupted,
    error: outcome.failure?.message ?? null,
    verdicts: addVerdicts(files),
    files,
  };
  output.result(summary, () => toSummaryText(summary, output.paint));
  if (outcome.failure !== null) return reportFailure(output, outcome, outcome.failure);
  if (outcome.isInterrupted) {
    output.note(
      outcome.isComplete ? 'Interrupted while waiting; everything was sent.' : `Interrupted. ${repeatHint}`,
    );
    return exitCodes.interrupted;
  }
  return reportVerdicts(output, summary.verdicts, options.timeout);
}

function reportFailure(output: Output, { isComplete }: SendOutcome, failure: SendFailure): ExitCode {
  output.note(output.paint.in('red', `feedmill: ${failure.message}`));
  output.note(
    isComplete
      ? 'Everything was sent; see it with: feedmill imports'
      : `Not everything was sent. ${repeatHint}`,
  );
  return failure.isUsage ? exitCodes.usage : exitCodes.server;
}

function reportVerdicts(output: Output, verdicts: Verdicts | null, timeoutSeconds: number): ExitCode {
  if (verdicts === null) return exitCodes.ok;
  if (verdicts.unfinished > 0) {
    output.note(
      `After ${timeoutSeconds} s ${verdicts.unfinished} imports are still running; see them with: feedmill imports`,
    );
    return exitCodes.server;
  }
  return verdicts.counts.exception > 0 ? exitCodes.exceptions : exitCodes.ok;
}
