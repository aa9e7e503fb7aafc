import type { Command } from 'commander';
import { confirm } from '../confirm.js';
import { toCli } from '../settings.js';
import { type RevertOptions, revert, tryRevert } from './revert.js';

const help = `
All live usage of the import's records is reversed, whoever wrote it; the same records may be sent
again. To undo a revert, reprocess the import with --mode all.

Ctrl-C ends the watching only.

Examples:
  $ feedmill revert 01890a5d-ac96-774b-bcce-b302099a8057 --reason "file of the wrong month" --dry-run
  $ feedmill revert 01890a5d-ac96-774b-bcce-b302099a8057 --reason "file of the wrong month" --yes
  $ feedmill revert 01890a5d-ac96-774b-bcce-b302099a8057 --reason "sent twice" --reprocess-orphans`;

export function addRevertCommand(program: Command): void {
  program
    .command('revert')
    .summary('take the usage of an import back')
    .description('Reverses all live usage of the records of one import, and waits until that is done.')
    .argument('<tracking-id>', 'the import')
    .requiredOption('--reason <text>', 'why; kept with it')
    .option('--dry-run', 'show what it would come to, store nothing')
    .option('--reprocess-orphans', 'then decide again about duplicates elsewhere that pointed at it')
    .option('--no-wait', 'do not wait for its end')
    .option('--yes', 'do not ask first')
    .addHelpText('after', help)
    .action(async (trackingId: string, options: RevertOptions, command: Command) => {
      const cli = toCli(command);
      if (options.dryRun) return tryRevert(cli, trackingId, options);
      await confirm(`Reverse all live usage of the import ${trackingId}?`, options.yes);
      process.exitCode = await revert(cli, trackingId, options);
    });
}
