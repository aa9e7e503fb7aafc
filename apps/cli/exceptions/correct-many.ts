import { UsageError } from '../errors.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { toJson } from '../json.js';
import { type Column, toList, toTable } from '../output/table.js';
import type { Paint } from '../output/terminal.js';
import { readText } from '../records/raw.js';
import { type Ineligible, toIneligibleText } from '../reprocessing/outcome.js';
import { type SelectionOptions, toSelection } from '../selection/selection.js';
import type { Cli } from '../settings.js';

export interface CorrectManyOptions extends SelectionOptions {
  patch?: string;
  note?: string;
  dryRun?: boolean;
}

/** What a patch makes of exceptions, or would make. */
interface Patched {
  matched: number;
  changed: number;
  unchanged: number;
  /** The patch fails on them, or does not give a record. */
  cannot: number;
  problems: Trouble[];
  ineligible: Ineligible[];
  sample: Sample[];
}

interface Trouble {
  message: string;
  count: number;
  sample: string;
}

interface Sample {
  id: string;
  before: unknown;
  after: unknown;
}

const sampleColumns: Column<Sample>[] = [
  { title: 'exception', value: (each) => each.id },
  { title: 'before', value: (each) => toText(each.before), maxWidth: 80 },
  { title: 'after', value: (each) => toText(each.after), maxWidth: 80 },
];

const troubleColumns: Column<Trouble>[] = [
  { title: 'cannot be', value: (each) => each.count, colour: () => 'red' },
  { title: 'why', value: (each) => each.message, maxWidth: 100 },
  { title: 'such as', value: (each) => each.sample },
];

/** Puts the records of all selected exceptions through a JSONata expression. */
export async function correctMany({ client, output }: Cli, options: CorrectManyOptions): Promise<ExitCode> {
  if (options.patch === undefined) {
    throw new UsageError(
      'say what becomes of the records: --patch EXPRESSION or --patch @FILE; or correct one exception by its ID',
    );
  }
  const body = {
    selection: toSelection(options),
    patch: readText('--patch', options.patch),
    note: options.note,
    dryRun: options.dryRun,
  };
  const patched = await client.send<Patched>('POST', '/exceptions/correct', body);
  output.result(patched, () => toPatchedText(patched, output.paint));
  if (options.dryRun) output.note('Nothing was stored (--dry-run).');
  return patched.cannot > 0 ? exitCodes.exceptions : exitCodes.ok;
}

function toPatchedText(patched: Patched, paint: Paint): string {
  const { matched, changed, unchanged, cannot, problems, ineligible, sample } = patched;
  const counts = toList(
    [
      ['selected', matched],
      ['changed', changed],
      ['unchanged', unchanged],
      ['cannot be', cannot],
    ],
    paint,
  );
  const parts = [
    counts,
    toIneligibleText(ineligible, paint),
    problems.length === 0 ? null : toTable(troubleColumns, problems, paint),
    sample.length === 0 ? null : toTable(sampleColumns, sample, paint),
  ];
  return parts.filter((part) => part !== null).join('\n\n');
}

function toText(raw: unknown): string {
  return typeof raw === 'string' ? raw : toJson(raw);
}
