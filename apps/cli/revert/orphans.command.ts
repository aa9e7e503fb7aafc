import type { Command } from 'commander';
import { pathPart } from '../api-client.js';
import { toCli } from '../settings.js';
import { type Orphans, toReprocessCommand } from './revert.js';

const help = `
Duplicates in other imports that pointed at what is reverted by now: their usage is nowhere until they are
decided again. What has been decided again since is none any more.

Examples:
  $ feedmill orphans 01890a5d-ac96-774b-bcce-b302099a8057
  $ feedmill reprocess --orphaned-by 01890a5d-ac96-774b-bcce-b302099a8057 --mode all --reason "reverted"`;

export function addOrphansCommand(program: Command): void {
  program
    .command('orphans')
    .summary('count what a revert has orphaned')
    .description('Counts the duplicates elsewhere that pointed at what reverts of an import took back.')
    .argument('<tracking-id>', 'the import, or its revert')
    .addHelpText('after', help)
    .action(async (trackingId: string, _options: unknown, command: Command) => {
      const { client, output } = toCli(command);
      const orphans = await client.get<Orphans>(`/admin/imports/${pathPart(trackingId)}/orphans`);
      output.result(orphans, () => `orphaned duplicates: ${orphans.count}`);
      if (orphans.count > 0) output.note(`To have them count:\n${toReprocessCommand(orphans)}`);
    });
}
