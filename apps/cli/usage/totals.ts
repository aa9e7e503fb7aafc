import type { Command } from 'commander';
import { type Filter, addListOptions, toQuery } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import type { Column } from '../output/table.js';
import { toCli } from '../settings.js';
import { entryFilters } from './list.js';

/** The sums of one group: what it is grouped by, and what is always there; only what the table has. */
interface Total {
  account?: string | null;
  service?: string | null;
  usageClass?: string | null;
  usageClassType?: string | null;
  feed?: { apiName: string };
  day?: string | null;
  month?: string | null;
  unit: string | null;
  currency: string | null;
  costCurrency: string | null;
  count: number;
  value: string;
  amount: string | null;
  costAmount: string | null;
  exceptions?: { count: number; value: string };
}

const filters: Filter[] = [
  {
    flags: '--group-by <names>',
    text: 'account, service, usageClass, usageClassType, feed, day, month: a,b',
  },
  ...entryFilters,
  { flags: '--usage-class <name>', text: 'of one usage class' },
  { flags: '--usage-class-type <name>', text: 'of one usage class type' },
  { flags: '--as-of <time>', text: 'what was true then' },
  { flags: '--include <what>', text: 'exceptions: also what is known and cannot be billed yet' },
];

const groups: Column<Total>[] = [
  { title: 'account', value: (total) => total.account },
  { title: 'service', value: (total) => total.service },
  { title: 'usageClass', value: (total) => total.usageClass },
  { title: 'usageClassType', value: (total) => total.usageClassType },
  { title: 'feed', value: (total) => total.feed?.apiName },
  { title: 'day', value: (total) => total.day },
  { title: 'month', value: (total) => total.month },
];

const sums: Column<Total>[] = [
  { title: 'entries', value: (total) => total.count },
  { title: 'value', value: (total) => total.value, align: 'right' },
  { title: 'unit', value: (total) => total.unit },
  { title: 'amount', value: (total) => total.amount, align: 'right' },
  { title: 'currency', value: (total) => total.currency },
  { title: 'cost', value: (total) => total.costAmount, align: 'right' },
  { title: 'cost currency', value: (total) => total.costCurrency },
];

const rejected: Column<Total>[] = [
  { title: 'exceptions', value: (total) => total.exceptions?.count },
  { title: 'their value', value: (total) => total.exceptions?.value, align: 'right' },
];

export function addTotals(usage: Command): void {
  const totals = usage
    .command('totals')
    .description('Adds values and amounts up, by group, unit and currency; reversals count negated.');
  addListOptions(totals, filters).action(async (options: ListOptions, command: Command) => {
    const query = toQuery(command, filters);
    const columns = [...groupsOf(String(query.groupBy ?? '')), ...sums, ...(query.include ? rejected : [])];
    await showList(
      toCli(command),
      { path: '/usage/totals', query, columns, emptyText: 'No usage.' },
      options,
    );
  });
}

/** Classes without a unit are never added, whatever is grouped by: their sums say which they are. */
function groupsOf(groupBy: string): Column<Total>[] {
  const names = groupBy.split(',').map((name) => name.trim());
  return groups
    .map((column) => ({ ...column, isOptional: !names.includes(column.title) }))
    .filter(({ title, isOptional }) => !isOptional || title === 'usageClass');
}
