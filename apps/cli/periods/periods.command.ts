import type { Command } from 'commander';
import { addListOptions } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import { toTexts } from '../option-parsers.js';
import { type Column, toTable } from '../output/table.js';
import { type Cli, toCli } from '../settings.js';

/** Until when a feed is closed; only what the table has. */
interface PeriodView {
  feed: { apiName: string };
  timeZone: string;
  closedUntil: string | null;
  lateUsage: string;
}

interface ChangeView {
  at: string;
  action: string;
  boundary: string;
  feeds: string[] | null;
  reason: string | null;
  actor: string;
}

interface Changed {
  change: ChangeView;
  periods: PeriodView[];
}

const columns: Column<PeriodView>[] = [
  { title: 'feed', value: (period) => period.feed.apiName },
  { title: 'closed until', value: (period) => period.closedUntil },
  { title: 'time zone', value: (period) => period.timeZone },
  { title: 'late usage', value: (period) => period.lateUsage },
];

const changeColumns: Column<ChangeView>[] = [
  { title: 'at', value: (change) => change.at },
  { title: 'action', value: (change) => change.action },
  { title: 'until or from', value: (change) => change.boundary },
  { title: 'feeds', value: (change) => change.feeds?.join(', ') ?? 'all', maxWidth: 60 },
  { title: 'by', value: (change) => change.actor, maxWidth: 30 },
  { title: 'reason', value: (change) => change.reason, maxWidth: 60 },
];

const help = `
What is dated in a closed period follows the feed's lateUsage: an exception (period_closed), or
accepted now and marked late. A bare date is midnight in the time zone of each feed.

Examples:
  $ feedmill periods
  $ feedmill periods close --until 2026-05-01
  $ feedmill periods close --until 2026-05-01T00:00:00Z --feeds usageCsv,usageJson
  $ feedmill periods reopen --from 2026-04-15 --reason "late files of April"
  $ feedmill periods changes`;

export function addPeriodsCommand(program: Command): void {
  const periods = program
    .command('periods')
    .summary('list, close and reopen periods')
    .description('Until when usage is billed and closed, by feed.')
    .usage('[list] | close | reopen | changes')
    .addHelpText('after', help);
  addListOptions(
    periods.command('list', { isDefault: true }).description('Lists until when each feed is closed.'),
    [],
  ).action(async (options: ListOptions, command: Command) => {
    await showList(toCli(command), { path: '/periods', query: {}, columns, emptyText: 'No feeds.' }, options);
  });
  addListOptions(
    periods.command('changes').description('Lists who closed and reopened what, newest first.'),
    [],
  ).action(async (options: ListOptions, command: Command) => {
    const list = {
      path: '/periods/changes',
      query: {},
      columns: changeColumns,
      emptyText: 'Nothing was closed yet.',
    };
    await showList(toCli(command), list, options);
  });
  periods
    .command('close')
    .description('Closes what is dated before a moment.')
    .requiredOption('--until <time>', 'a date (2026-05-01) or a time (2026-05-01T00:00:00Z)')
    .option('--feeds <feeds>', 'only these feeds, by API name or id: a,b', toTexts)
    .action(async (body: object, command: Command) => change(toCli(command), '/periods/close', body));
  periods
    .command('reopen')
    .description('Opens what is dated from a moment on.')
    .requiredOption('--from <time>', 'a date (2026-05-01) or a time (2026-05-01T00:00:00Z)')
    .requiredOption('--reason <text>', 'why; kept with it')
    .option('--feeds <feeds>', 'only these feeds, by API name or id: a,b', toTexts)
    .action(async (body: object, command: Command) => change(toCli(command), '/periods/reopen', body));
}

async function change({ client, output }: Cli, path: string, body: object): Promise<void> {
  const changed = await client.send<Changed>('POST', path, body);
  output.result(changed, () => toTable(columns, changed.periods, output.paint));
}
