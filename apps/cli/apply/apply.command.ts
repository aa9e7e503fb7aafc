import type { Command } from 'commander';
import type { ApiClient } from '../api-client.js';
import { ApiError } from '../errors.js';
import type { Output } from '../output/output.js';
import { type Column, toTable } from '../output/table.js';
import type { Colour } from '../output/terminal.js';
import { type Cli, toCli } from '../settings.js';
import type { Action, Change } from './change.js';
import { type ConfigFile, readConfigFolder } from './config-folder.js';
import { planFeed } from './plan-feed.js';
import { planProfile } from './plan-profile.js';
import { planReference } from './plan-reference.js';

interface ApplyOptions {
  dryRun?: boolean;
  update?: boolean;
}

const help = `
The folder:
  usage-classes.yaml|csv    - {name, unit, taxCategory}
  tables/NAME.yaml|csv      key, rows for look-ups (CSV: the first column is the key)
  identifiers/*.csv|yaml    type,value,accountId,serviceId,validFrom,validTo
  rate-plans/NAME.yaml|csv  currency, rates
  profiles/NAME.yaml        decode, steps (and description, comment)
  feeds/*.yaml              the feed as the API takes it

What is missing is created. A profile gets a new version, published, only when its content
differs from the published one. Reference data is upserted. Nothing is ever deleted. A feed that
is there and differs is reported and left alone, unless you say --update.

Examples:
  $ feedmill apply config --dry-run
  $ feedmill apply config
  $ feedmill apply config --update --json | jq '.changes[] | select(.action != "none")'`;

export function addApplyCommand(program: Command): void {
  program
    .command('apply')
    .summary('apply a folder of feeds, profiles and reference data')
    .description('Compares a folder of configuration with the server and brings the server up to it.')
    .argument('<folder>', 'the configuration')
    .option('--dry-run', 'show what would be done, change nothing')
    .option('--update', 'also change feeds that are there and differ')
    .addHelpText('after', help)
    .action(async (folder: string, options: ApplyOptions, command: Command) => {
      await apply(toCli(command), readConfigFolder(folder), options);
    });
}

async function apply({ client, output }: Cli, files: ConfigFile[], options: ApplyOptions): Promise<void> {
  const changes: Change[] = [];
  for (const file of files) {
    changes.push(await naming(file.path, () => plan(client, file, options.update === true)));
  }
  if (!options.dryRun) await applyAll(changes, output);
  const shown = changes.map(({ apply: _apply, ...change }) => change);
  output.result({ dryRun: options.dryRun === true, changes: shown }, () =>
    toTable(columns, changes, output.paint),
  );
  if (changes.some(({ action }) => action === 'differs')) {
    output.note(
      'What differs was left alone: it may have been changed on purpose. --update makes it as the files say.',
    );
  }
  if (options.dryRun) output.note('Nothing was changed (--dry-run).');
}

async function applyAll(changes: Change[], output: Output): Promise<void> {
  for (const [index, change] of changes.entries()) {
    try {
      await naming(change.path, change.apply);
    } catch (error) {
      output.note(
        `${index} of ${changes.length} files were applied; repeat the command when the cause is gone.`,
      );
      throw error;
    }
  }
}

async function plan(client: ApiClient, file: ConfigFile, isUpdating: boolean): Promise<Change> {
  switch (file.kind) {
    case 'feeds':
      return planFeed(client, file, isUpdating);
    case 'profiles':
      return planProfile(client, file);
    default:
      return planReference(client, file);
  }
}

/** Says in which file the server found something wrong. */
async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiError) throw error.at(path);
    throw error;
  }
}

const colours: Partial<Record<Action, Colour>> = {
  create: 'green',
  publish: 'green',
  update: 'green',
  differs: 'yellow',
};

const columns: Column<Change>[] = [
  { title: 'action', value: (change) => change.action, colour: (change) => colours[change.action] ?? null },
  { title: 'kind', value: (change) => change.kind },
  { title: 'name', value: (change) => change.name },
  { title: 'detail', value: (change) => change.detail, maxWidth: 80 },
  { title: 'file', value: (change) => change.path },
];
