import type { Command } from 'commander';
import { addListOptions, toQuery } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import { type Column, toGrouped } from '../output/table.js';
import { toCli } from '../settings.js';
import { exceptionFilters } from './list.js';

/** Exceptions of one cause; only what the table has. */
interface GroupView {
  fingerprint: string;
  stage: string;
  step: string | null;
  code: string;
  field: string | null;
  count: number;
  firstSeenAt: string;
  lastSeenAt: string;
  sample: { id: string; message: string };
  missing: Missing | null;
}

/** What look-ups did not find: the most frequent values. */
export interface Missing {
  distinctValues: number;
  values: { value: string; count: number }[];
}

const columns: Column<GroupView>[] = [
  { title: 'count', value: (group) => group.count },
  { title: 'code', value: (group) => group.code, colour: () => 'red' },
  { title: 'field', value: (group) => group.field, maxWidth: 30 },
  { title: 'step', value: (group) => group.step, maxWidth: 30 },
  { title: 'first seen', value: (group) => group.firstSeenAt },
  { title: 'last seen', value: (group) => group.lastSeenAt },
  { title: 'missing', value: ({ missing }) => toMissingText(missing), maxWidth: 60 },
  { title: 'fingerprint', value: (group) => group.fingerprint },
  { title: 'sample', value: (group) => group.sample.id },
  { title: 'message', value: (group) => group.sample.message, maxWidth: 80 },
];

export function addGroups(exceptions: Command): void {
  const groups = exceptions
    .command('groups')
    .description('Counts exceptions by cause, the latest seen first, and says what was missing.');
  addListOptions(groups, exceptionFilters).action(async (options: ListOptions, command: Command) => {
    const query = toQuery(command, exceptionFilters);
    const emptyText = 'No exceptions.';
    await showList(toCli(command), { path: '/exceptions/groups', query, columns, emptyText }, options);
  });
}

/** How many different values were looked for in vain, and the most frequent of them. */
export function toMissingText(missing: Missing | null): string | null {
  if (!missing || missing.distinctValues === 0) return null;
  const { distinctValues, values } = missing;
  const shown = values.map(({ value, count }) => `${value} (${toGrouped(count)})`).join(', ');
  return `${toGrouped(distinctValues)}: ${shown}${distinctValues > values.length ? ', ...' : ''}`;
}
