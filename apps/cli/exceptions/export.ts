import type { Command } from 'commander';
import { addExportTo } from '../lists/export.js';
import { exceptionFilters } from './list.js';

const help = `
Texts that a spreadsheet would take for a formula are made harmless in CSV.

Examples:
  $ feedmill exceptions export --code rate_not_found -o exceptions.csv
  $ feedmill exceptions export --format ndjson --status open | jq -r .raw`;

export function addExport(exceptions: Command): void {
  const command = exceptions
    .command('export')
    .description('Writes all exceptions of a filter as CSV or NDJSON, to standard output or a file.')
    .addHelpText('after', help);
  addExportTo(command, '/exceptions/export', exceptionFilters);
}
