import type { Command } from 'commander';
import { type ApiClient, pathPart } from '../api-client.js';
import { confirm } from '../confirm.js';
import { UsageError } from '../errors.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { toJson } from '../json.js';
import { toList } from '../output/table.js';
import { editRecord } from '../records/edit.js';
import { readFeedFormat } from '../records/feed-format.js';
import { readText, toRaw } from '../records/raw.js';
import { type Cli, toCli } from '../settings.js';
import type { UsageView } from './entry.js';

interface VoidOptions {
  reason: string;
  releaseKey?: boolean;
  yes?: boolean;
}

interface AmendOptions {
  reason: string;
  raw?: string;
  edit?: boolean;
}

/** What an entry was made of; only what is needed here. */
interface Explained {
  usage: UsageView;
  raw: unknown;
}

/** What the correction of a record has written; without a verdict it is still under way. */
interface Corrected {
  trackingId: string | null;
  verdict?: string;
  reason?: string | null;
  reversals?: string[];
  usage?: string[];
}

const voidHelp = `
All parts of the record are reversed. Sent again it is a duplicate, unless the key was released.

Examples:
  $ feedmill usage void u17-0-0-1 --reason "test call" --yes
  $ feedmill usage void u17-0-0-1 --reason "comes again from another system" --release-key`;

const amendHelp = `
The record is the whole record as it should have been sent, a row or JSON; its usage key has to stay
as it was. What was posted is reversed, and what the changed record comes to is posted.

Examples:
  $ feedmill usage amend u17-0-0-1 --raw @record.json --reason "duration as in the invoice"
  $ feedmill usage amend u17-0-0-1 --edit --reason "duration as in the invoice"`;

export function addVoid(usage: Command): void {
  usage
    .command('void')
    .description('Takes one record of the ledger back.')
    .argument('<id>', 'one of its entries: u17-0-0-1')
    .requiredOption('--reason <text>', 'why; kept with it')
    .option('--release-key', 'other usage may take the usage key')
    .option('--yes', 'do not ask first')
    .addHelpText('after', voidHelp)
    .action(async (id: string, { reason, releaseKey, yes }: VoidOptions, command: Command) => {
      await confirm(`Reverse the usage ${id}?`, yes);
      const cli = toCli(command);
      const body = { reason, releaseKey };
      process.exitCode = show(
        cli,
        await cli.client.send<Corrected>('POST', `/usage/${pathPart(id)}/void`, body),
      );
    });
}

export function addAmend(usage: Command): void {
  usage
    .command('amend')
    .description('Changes one record of the ledger.')
    .argument('<id>', 'one of its entries: u17-0-0-1')
    .option('--raw <record>', 'the changed record: @FILE, @- for standard input, or the text itself')
    .option('--edit', 'change the record in $VISUAL or $EDITOR')
    .requiredOption('--reason <text>', 'why; kept with it')
    .addHelpText('after', amendHelp)
    .action(async (id: string, options: AmendOptions, command: Command) => {
      const cli = toCli(command);
      const raw = await readAmended(cli.client, id, options);
      if (raw === undefined) {
        cli.output.note(`${id} is as it was: nothing was changed.`);
        process.exitCode = show(cli, { trackingId: null, verdict: 'skipped', reason: 'unchanged' });
        return;
      }
      const body = { raw, reason: options.reason };
      process.exitCode = show(
        cli,
        await cli.client.send<Corrected>('POST', `/usage/${pathPart(id)}/amend`, body),
      );
    });
}

/** The changed record: as an option says it, or as a person makes it in an editor; undefined where that changed nothing. */
async function readAmended(client: ApiClient, id: string, { raw, edit: isEdited }: AmendOptions) {
  if ((raw === undefined) === !isEdited)
    throw new UsageError('say what the record is now: --raw @FILE, or --edit to change it in an editor');
  const path = `/usage/${pathPart(id)}`;
  if (raw !== undefined) {
    const { feed } = await client.get<UsageView>(path);
    return toRaw(readText('--raw', raw), await readFeedFormat(client, feed.id, null));
  }
  const { usage, raw: record } = await client.get<Explained>(`${path}/explain`);
  const edited = editRecord(record, await readFeedFormat(client, usage.feed.id, record));
  return toJson(edited) === toJson(record) ? undefined : edited;
}

function show({ output }: Cli, corrected: Corrected): ExitCode {
  const { trackingId, verdict, reason, reversals = [], usage = [] } = corrected;
  output.result(corrected, () =>
    toList(
      [
        ['import', trackingId],
        ['verdict', verdict ?? 'pending'],
        ['reason', reason],
        ['reversals', reversals.join(', ') || null],
        ['usage', usage.join(', ') || null],
      ],
      output.paint,
    ),
  );
  if (verdict !== undefined) return exitCodes.ok;
  output.note(`It is not done yet; follow it with: feedmill import ${trackingId} --watch`);
  return exitCodes.server;
}
