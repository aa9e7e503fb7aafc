import { type Command, Option } from 'commander';
import { pathPart } from '../api-client.js';
import { confirm } from '../confirm.js';
import { showDefaultOptions } from '../default-command.js';
import { UsageError } from '../errors.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { addListOptions } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import { toVersionChoice } from '../option-parsers.js';
import type { Column } from '../output/table.js';
import { addSelectionOptions } from '../selection/selection-options.js';
import {
  type Selection,
  type SelectionOptions,
  describeSelection,
  namesAny,
  toSelection,
  withNamed,
} from '../selection/selection.js';
import { type Cli, toCli } from '../settings.js';
import { followReprocess, showReprocess } from './follow.js';
import { type DryRun, toDryRunText, toStartedText } from './reprocess-text.js';
import { type ReprocessSummary, type ReprocessView, type Started, readReprocess } from './reprocessing.js';

interface StartOptions extends SelectionOptions {
  orphanedBy?: string;
  mode?: 'exceptions' | 'all';
  profileVersion?: 'published' | 'original' | number;
  referenceData?: 'current' | 'original';
  reason?: string;
  dryRun?: boolean;
  wait: boolean;
  yes?: boolean;
}

const help = `
What is selected goes through its profile again: with --mode exceptions its open exceptions, with
--mode all every record of the imports. A record whose result is the same changes nothing; one whose
result differs is reversed and posted again. It can be repeated: the second time changes nothing.

Ctrl-C ends the watching only; \`reprocess cancel\` ends the reprocessing.

Exit code: 0 all fine, 1 some records are exceptions (still), 2 wrong usage, 3 refused or cancelled,
130 no longer watching.

Examples:
  $ feedmill reprocess --code rate_not_found --feed usageCsv --reason "the rate is there now" --dry-run
  $ feedmill reprocess e17-3 e17-4 --reason "corrected"
  $ feedmill reprocess --healed-by 42 --reason "SIM 8944 belongs to ACME"
  $ feedmill reprocess --import 01890a5d-ac96-774b-bcce-b302099a8057 --mode all --reason "price of May" --yes
  $ feedmill reprocess --feed usageCsv --from 2026-05-01T00:00:00Z --to 2026-06-01T00:00:00Z --mode all \\
      --profile-version original --reason "identifiers of May" --json | jq .difference
  $ feedmill reprocess --orphaned-by 01890a5d-ac96-774b-bcce-b302099a8057 --mode all --reason "reverted" --yes
  $ feedmill reprocess list
  $ feedmill reprocess status 01890a5d-ac96-774b-bcce-b302099a8057 --watch
  $ feedmill reprocess cancel 01890a5d-ac96-774b-bcce-b302099a8057`;

const columns: Column<ReprocessSummary>[] = [
  { title: 'requested', value: (each) => each.requestedAt },
  { title: 'reprocessing', value: (each) => each.reprocessId },
  { title: 'status', value: (each) => each.status },
  { title: 'by', value: (each) => each.requestedBy, maxWidth: 30 },
  { title: 'records', value: (each) => each.eligible },
  { title: 'done', value: (each) => each.done },
  { title: 'imported', value: (each) => each.verdicts.imported },
  {
    title: 'exception',
    value: (each) => each.verdicts.exception,
    colour: (each) => (each.verdicts.exception > 0 ? 'red' : null),
  },
  { title: 'skipped', value: (each) => each.verdicts.skipped },
  { title: 'duplicate', value: (each) => each.verdicts.duplicate },
  { title: 'reason', value: (each) => each.reason, maxWidth: 60 },
];

export function addReprocessCommand(program: Command): void {
  const reprocess = program
    .command('reprocess')
    .summary('decide again about exceptions or whole imports')
    .description('Puts records that were received before through their profiles again.')
    .usage('[options] [id...] | list | status <id> | cancel <id>')
    .addHelpText('after', help);
  addStart(reprocess);
  addStatus(reprocess);
  addCancel(reprocess);
  addListOptions(reprocess.command('list').description('Lists reprocessings, newest first.'), []).action(
    async (options: ListOptions, command: Command) => {
      const emptyText = 'No reprocessings.';
      await showList(toCli(command), { path: '/admin/reprocess', query: {}, columns, emptyText }, options);
    },
  );
}

function addStart(reprocess: Command): void {
  const command = reprocess
    .command('start', { isDefault: true })
    .description(
      'Begins a reprocessing, waits for its end, and shows the verdicts and the money difference.',
    );
  showDefaultOptions(reprocess, command);
  addSelectionOptions(command)
    .argument('[id...]', 'imports by tracking id, or exceptions: e17-3')
    .option(
      '--orphaned-by <id>',
      'duplicates that pointed at what was reverted, by the tracking id of the import',
    )
    .addOption(new Option('--mode <mode>', 'open exceptions, or all records').choices(['exceptions', 'all']))
    .option(
      '--profile-version <version>',
      'published, original, or a number (default: published)',
      toVersionChoice,
    )
    .addOption(
      new Option(
        '--reference-data <when>',
        'identifiers, rates and tables of now, or of then (default: current)',
      ).choices(['current', 'original']),
    )
    .requiredOption('--reason <text>', 'why; kept with it')
    .option('--dry-run', 'show what it would come to, store nothing (at most 10,000 records)')
    .option('--no-wait', 'do not wait for its end')
    .option('--yes', 'do not ask before --mode all')
    .addHelpText('after', help)
    .action(async (ids: string[], options: StartOptions) => {
      process.exitCode = await start(toCli(command), ids, options);
    });
}

/** Orphans of a revert are no exceptions: only a reprocessing can be about them. */
function toReprocessed(ids: readonly string[], { orphanedBy, ...given }: StartOptions): Selection {
  const options = withNamed(given, ids);
  if (orphanedBy === undefined) return toSelection(options);
  if (namesAny(options))
    throw new UsageError('--orphaned-by is all there is to say: leave the other selections out');
  return { filter: { orphanedBy } };
}

async function start(cli: Cli, ids: readonly string[], options: StartOptions): Promise<ExitCode> {
  const { mode, profileVersion, referenceData, reason, dryRun } = options;
  const selection = toReprocessed(ids, options);
  const body = { selection, mode, profileVersion, referenceData, reason, dryRun };
  if (dryRun) return tryIt(cli, body);
  if (mode === 'all')
    await confirm(`Decide again about all records of ${describeSelection(selection)}?`, options.yes);
  const started = await cli.client.send<Started>('POST', '/admin/reprocess', body);
  if (options.wait) return followReprocess(cli, started.reprocessId);
  cli.output.result(started, () => toStartedText(started, cli.output.paint));
  return exitCodes.ok;
}

async function tryIt({ client, output }: Cli, body: object): Promise<ExitCode> {
  const tried = await client.send<DryRun>('POST', '/admin/reprocess', body);
  output.result(tried, () => toDryRunText(tried, output.paint));
  output.note('Nothing was stored (--dry-run).');
  return tried.verdicts.exception > 0 ? exitCodes.exceptions : exitCodes.ok;
}

function addStatus(reprocess: Command): void {
  reprocess
    .command('status')
    .description('Shows how far a reprocessing has come.')
    .argument('<id>', 'the id that it began with')
    .option('--watch', 'stay until it has ended')
    .action(async (id: string, options: { watch?: boolean }, command: Command) => {
      const cli = toCli(command);
      if (options.watch) process.exitCode = await followReprocess(cli, id);
      else showReprocess(cli, await readReprocess(cli.client, id));
    });
}

function addCancel(reprocess: Command): void {
  reprocess
    .command('cancel')
    .description('Ends a reprocessing: what has been decided stays, the rest is left as it was.')
    .argument('<id>', 'the id that it began with')
    .action(async (id: string, _options: unknown, command: Command) => {
      const cli = toCli(command);
      showReprocess(
        cli,
        await cli.client.send<ReprocessView>('POST', `/admin/reprocess/${pathPart(id)}/cancel`),
      );
    });
}
