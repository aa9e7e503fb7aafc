import type { Command } from 'commander';
import { showDefaultOptions } from '../default-command.js';
import { addExportTo } from '../lists/export.js';
import { type Filter, addListOptions, toQuery } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import type { Column } from '../output/table.js';
import { toCli } from '../settings.js';

/** One change; only what the table has. */
interface AuditView {
  at: string;
  actor: string;
  action: string;
  subject: string;
  requestId: string | null;
}

const filters: Filter[] = [
  {
    flags: '--actor <name>',
    text: 'of one key by its name; boot, config, retention and auto-heal are Feedmill itself',
  },
  { flags: '--key-id <id>', text: 'of one key by its id' },
  { flags: '--action <action>', text: 'such as feed.changed' },
  { flags: '--subject <subject>', text: 'such as feed/1' },
  { flags: '--from <time>', text: 'at or after this time (2026-05-01T00:00:00Z)' },
  { flags: '--to <time>', text: 'before this time' },
];

const columns: Column<AuditView>[] = [
  { title: 'at', value: (change) => change.at },
  { title: 'actor', value: (change) => change.actor, maxWidth: 40 },
  { title: 'action', value: (change) => change.action },
  { title: 'subject', value: (change) => change.subject, maxWidth: 60 },
  { title: 'request', value: (change) => change.requestId },
];

const help = `
All of this needs the role admin.

Examples:
  $ feedmill audit --subject feed/1
  $ feedmill audit --actor ops --from 2026-05-01T00:00:00Z --json | jq '.items[] | {action, before, after}'
  $ feedmill audit export --from 2026-05-01T00:00:00Z --to 2026-06-01T00:00:00Z -o may.csv`;

export function addAuditCommand(program: Command): void {
  const audit = program
    .command('audit')
    .summary('list and export who changed what')
    .description('The trail of all changes: who, what, when; with --json before and after.')
    .usage('[filters] | export')
    .addHelpText('after', help);
  const list = audit.command('list', { isDefault: true }).description('Lists changes, newest first.');
  showDefaultOptions(audit, list);
  addListOptions(list, filters).action(async (options: ListOptions, command: Command) => {
    const query = toQuery(command, filters);
    const emptyText = 'No change matches.';
    await showList(toCli(command), { path: '/admin/audit', query, columns, emptyText }, options);
  });
  addExportTo(
    audit.command('export').description('Writes all changes as CSV or NDJSON, to standard output or a file.'),
    '/admin/audit/export',
    filters,
  );
}
