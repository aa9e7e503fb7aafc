import { Command, CommanderError, Option } from 'commander';
import { addApplyCommand } from './apply/apply.command.js';
import { addAuditCommand } from './audit/audit.command.js';
import { ApiError, ConnectionError, Declined, UsageError, describeError } from './errors.js';
import { addExceptionsCommand } from './exceptions/exceptions.command.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { addImportCommand } from './imports/import.command.js';
import { addImportsCommand } from './imports/imports.command.js';
import { addKeysCommand } from './keys/keys.command.js';
import { addPeriodsCommand } from './periods/periods.command.js';
import { addReprocessCommand } from './reprocessing/reprocess.command.js';
import { addOrphansCommand } from './revert/orphans.command.js';
import { addRevertCommand } from './revert/revert.command.js';
import { addSendCommand } from './send/send.command.js';
import { defaultUrl } from './settings.js';
import { addUsageCommand } from './usage/usage.command.js';
import { readVersion } from './version.js';

const help = `
First steps, with the server of \`npm start\` and the key it printed:
  $ export FEEDMILL_KEY=fm_...
  $ feedmill send usage.csv --feed usageCsv
  $ feedmill exceptions --status open
  $ feedmill help send

Results go to standard output, everything else to standard error.
Exit code: 0 fine, 1 there are exceptions, 2 wrong usage, 3 the server refused or is away, 130 interrupted.`;

export function createProgram(): Command {
  const program = new Command('feedmill')
    .description('Sends usage to Feedmill, and shows and configures what becomes of it.')
    .version(readVersion())
    .addOption(new Option('--url <url>', 'the server').env('FEEDMILL_URL').default(defaultUrl))
    .option('--key <key>', 'the API key; better given as FEEDMILL_KEY or in a file')
    .option('--key-file <path>', 'a file that holds the API key')
    .option('--json', 'results as JSON, and nothing else on standard output')
    .option('--no-color', 'no colours (as NO_COLOR in the environment)')
    .addHelpText('after', help)
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride();
  addSendCommand(program);
  addImportsCommand(program);
  addImportCommand(program);
  addExceptionsCommand(program);
  addReprocessCommand(program);
  addRevertCommand(program);
  addOrphansCommand(program);
  addUsageCommand(program);
  addPeriodsCommand(program);
  addApplyCommand(program);
  addKeysCommand(program);
  addAuditCommand(program);
  return program;
}

/** Runs one command line. What goes wrong is said on stderr; the exit code says which kind it is. */
export async function run(argv: string[], stderr: NodeJS.WritableStream = process.stderr): Promise<ExitCode> {
  try {
    await createProgram().parseAsync(argv);
    return (process.exitCode as ExitCode | undefined) ?? exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof Declined) return say(stderr, error, exitCodes.interrupted);
    if (error instanceof UsageError) return say(stderr, error, exitCodes.usage);
    if (error instanceof ApiError || error instanceof ConnectionError)
      return say(stderr, error, exitCodes.server);
    stderr.write(`feedmill: this is a defect of the command\n${(error as Error).stack}\n`);
    return exitCodes.defect;
  }
}

function say(stderr: NodeJS.WritableStream, error: Error, exitCode: ExitCode): ExitCode {
  stderr.write(`feedmill: ${describeError(error)}\n`);
  if (error instanceof ApiError && error.status === 401) {
    stderr.write('Give a key with FEEDMILL_KEY or --key-file; `npm start` prints the first one.\n');
  }
  return exitCode;
}
