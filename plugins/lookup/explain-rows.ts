import {
  fromMicros,
  toMicros,
  type LookupRow,
  type LookupTable,
  type PipelineRecord,
} from 'feedmill/pipeline';
import type { Questions } from './question.js';
import { fits, type TableIndex } from './table-index.js';

/** Rows that are shown: the one that was chosen comes first. */
const MAX_SHOWN = 20;

/**
 * What a record asks a table, and every row that fits it at any time.
 * @throws RecordError `invalid_value` for what cannot be compared
 */
export function explainRows(
  { fields, matching, ask }: Questions,
  record: PipelineRecord,
  { index, table }: { readonly index: TableIndex; readonly table: LookupTable },
): object {
  const question = ask(record);
  if ('emptyField' in question) return { fields, result: 'no_value', emptyField: question.emptyField };
  const { date = null } = record.fields;
  const asked = { fields, value: question.text, date };
  if (index.hasValidities && date === null) return { ...asked, result: 'no_date' };
  const micros = date === null ? 0 : toMicros(date);
  const chosen = index.find(question, micros);
  const fitting = table.rows.filter((row) => fits(row, matching, question));
  const ordered = [...fitting].sort((a, b) => Number(b === chosen) - Number(a === chosen));
  return {
    ...asked,
    result: fitting.some((row) => row === chosen) ? 'found' : 'not_found',
    rows: ordered.slice(0, MAX_SHOWN).map((row) => ({
      cells: row.cells,
      validFrom: toDate(row.validFrom),
      validTo: toDate(row.validTo),
      result: row === chosen ? 'chosen' : misfitOf(row, micros),
    })),
    ...(ordered.length > MAX_SHOWN && { moreRows: ordered.length - MAX_SHOWN }),
  };
}

/** Of several that fit, the longest prefix wins, then the range that begins last. */
function misfitOf({ validFrom, validTo }: LookupRow, micros: number): string {
  if (micros < validFrom) return 'not_yet_valid';
  return micros < validTo ? 'outranked' : 'no_longer_valid';
}

const toDate = (micros: number): string | null => (Number.isFinite(micros) ? fromMicros(micros) : null);
