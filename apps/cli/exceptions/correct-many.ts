import { UsageError } from '../errors.js';
import { toJson } from '../json.js';
import { type Column, toList, toTable } from '../output/table.js';
import type { Paint } from '../output/terminal.js';
import { readText } from '../records/raw.js';
import { type SelectionOptions, toSelection } from '../selection/selection.js';
import type { Cli } from '../settings.js';

export interface CorrectManyOptions extends SelectionOptions {
  patch?: string;
  note?: string;
  dryRun?: boolean;
}

/** What a patch makes of exceptions, or would make; only what the command line reads. */
interface Patched {
  selected: number;
  changed: number;
  unchanged: number;
  failed: number;
  sample?: Sample[];
}

interface Sample {
  id: string;
  before: unknown;
  after?: unknown;
  problem?: string;
}

const columns: Column<Sample>[] = [
  { title: 'exception', value: (each) => each.id },
  { title: 'before', value: (each) => toText(each.before), maxWidth: 80 },
  {
    title: 'after',
    value: (each) => each.problem ?? toText(each.after),
    colour: (each) => (each.problem === undefined ? null : 'red'),
    maxWidth: 80,
  },
];

/** Puts the records of all selected exceptions through a JSONata expression. */
export async function correctMany({ client, output }: Cli, options: CorrectManyOptions): Promise<void> {
  if (options.patch === undefined)
    throw new UsageError(
      'say what becomes of the records: --patch EXPRESSION or --patch @FILE (or one exception ID)',
    );
  const body = {
    selection: toSelection(options),
    patch: readText('--patch', options.patch),
    note: options.note,
    dryRun: options.dryRun,
  };
  const patched = await client.send<Patched>('POST', '/exceptions/correct', body);
  output.result(patched, () => toPatchedText(patched, output.paint));
  if (options.dryRun) output.note('Nothing was stored (--dry-run).');
}

function toPatchedText({ selected, changed, unchanged, failed, sample = [] }: Patched, paint: Paint): string {
  const counts = toList(
    [
      ['selected', selected],
      ['changed', changed],
      ['unchanged', unchanged],
      ['cannot be', failed],
    ],
    paint,
  );
  return sample.length === 0 ? counts : `${counts}\n\n${toTable(columns, sample, paint)}`;
}

function toText(raw: unknown): string {
  return typeof raw === 'string' ? raw : toJson(raw);
}
