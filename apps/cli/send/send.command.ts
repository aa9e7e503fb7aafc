import { type Command, Option } from 'commander';
import { untilInterrupted } from '../interrupt.js';
import { toCharacter, toInteger, toOptionalCharacter } from '../option-parsers.js';
import { toCli } from '../settings.js';
import { formats } from './format.js';
import { type SendOptions, send } from './send.js';

const help = `
Formats, by the file's name or --format; each also gzipped (known by its content):
  csv      rows for a feed of format "rows"; line ends inside quotes belong to the row
  json     [record, ...], {"data":[...]} or one record; digits are sent as they are written
  ndjson   one record a line

A send can be repeated. Each request has an idempotency key made from its records, its number, the
source name and the feed; what the server has already is not stored again. Keep --batch and
--source as they were.

Ctrl-C lets the requests in flight end and says what was sent; a second one ends at once.

Exit code: 0 all fine, 1 some records became exceptions, 2 wrong usage or a broken file,
3 refused, not reached or not finished in time, 130 interrupted.

Examples:
  $ feedmill send usage.csv --feed usageCsv
  $ feedmill send usage.csv --feed usageCsv --dry-run
  $ feedmill send usage-*.ndjson.gz --feed usageJson --concurrency 8
  $ zcat calls.csv.gz | feedmill send - --feed usageCsv --format csv --source calls.csv
  $ feedmill send usage.json --feed usageJson --json | jq .verdicts.counts`;

export function addSendCommand(program: Command): void {
  program
    .command('send')
    .summary('send usage from files and show what became of it')
    .description(
      'Sends the records of files to a feed, waits until they are decided, and shows the verdicts.',
    )
    .argument('<file...>', 'files to send; - is standard input')
    .requiredOption('--feed <feed>', 'the feed, by its API name or id')
    .addOption(new Option('--format <format>', 'what the files are').choices(formats))
    .option('--batch <records>', 'records in one request', toInteger(1, 100_000), 1000)
    .option('--concurrency <requests>', 'requests in flight', toInteger(1, 64), 4)
    .option('--header', 'csv: the first row names the columns (default: what the feed says)')
    .option('--no-header', 'csv: the first row is a record')
    .option(
      '--delimiter <character>',
      'csv: between fields (default: what the feed says, else a comma)',
      toCharacter,
    )
    .option(
      '--quote <character>',
      'csv: around fields, or "none" (default: what the feed says, else ")',
      toOptionalCharacter,
    )
    .option(
      '--source <name>',
      'where the records come from, as the history shows it (default: the file name)',
    )
    .option('--dry-run', 'try the first 100 records of one file: show what they would come to, store nothing')
    .option('--no-wait', 'do not wait for the verdicts')
    .option('--timeout <seconds>', 'how long to wait for the verdicts', toInteger(0, 604_800), 600)
    .option(
      '--retry-for <seconds>',
      'how long to try one request again while the server is busy or away',
      toInteger(0, 604_800),
      300,
    )
    .addHelpText('after', help)
    .action(async (paths: string[], _options: unknown, command: Command) => {
      process.exitCode = await untilInterrupted(
        'Interrupted: the requests in flight end first; once more to end at once.',
        (signal) => send(toCli(command), paths, command.opts<SendOptions>(), signal),
      );
    });
}
