import type { Command } from 'commander';
import { pathPart } from '../api-client.js';
import { confirm } from '../confirm.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { toList } from '../output/table.js';
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
  raw: string;
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
  $ feedmill usage amend u17-0-0-1 --raw @record.json --reason "duration as in the invoice"`;

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
    .requiredOption('--raw <record>', 'the changed record: @FILE, @- for standard input, or the text itself')
    .requiredOption('--reason <text>', 'why; kept with it')
    .addHelpText('after', amendHelp)
    .action(async (id: string, { reason, raw: given }: AmendOptions, command: Command) => {
      const cli = toCli(command);
      const { feed } = await cli.client.get<UsageView>(`/usage/${pathPart(id)}`);
      const raw = toRaw(readText('--raw', given), await readFeedFormat(cli.client, feed.id, null));
      const body = { raw, reason };
      process.exitCode = show(
        cli,
        await cli.client.send<Corrected>('POST', `/usage/${pathPart(id)}/amend`, body),
      );
    });
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
