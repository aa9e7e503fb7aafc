import type { LookupRow, LookupTable } from 'feedmill/pipeline';
import { BOUND_KINDS } from './bounds.js';
import {
  ExactColumns,
  PrefixColumn,
  Ranges,
  Versions,
  type Found,
  type Level,
  type MakeLevel,
  type Query,
  type RangeColumns,
} from './levels.js';

/** How a step matches the columns of its table. */
export interface Matching {
  readonly exact: readonly string[];
  readonly prefix: string | undefined;
  readonly range: RangeColumns | undefined;
}

/** A table, made ready for one way of matching. */
export interface TableIndex {
  /** Whether rows differ by date: then a record must have one. */
  readonly hasValidities: boolean;
  find(query: Query, micros: number): Found;
}

/** The indexes of a table, by the way of matching. */
const INDEXES = new WeakMap<LookupTable, Map<string, TableIndex>>();

/** The index of a table for a way of matching: one for all steps and profile versions that match alike. */
export function indexOf(table: LookupTable, matching: Matching): TableIndex {
  let ofTable = INDEXES.get(table);
  if (!ofTable) INDEXES.set(table, (ofTable = new Map()));
  const { exact, prefix, range } = matching;
  const bounds = range && [range.column, range.toColumn, range.includesEnd, range.kind === BOUND_KINDS.text];
  const signature = JSON.stringify([exact, prefix, bounds]);
  let index = ofTable.get(signature);
  if (!index) ofTable.set(signature, (index = indexTable(table, matching)));
  return index;
}

function rootOf(rows: readonly LookupRow[], { exact, prefix, range }: Matching): Level {
  let make: MakeLevel = range ? () => new Ranges(range) : () => new Versions();
  if (prefix !== undefined) make = levelsOf(prefix, make);
  const root: Level = exact.length > 0 ? new ExactColumns(exact, make) : make();
  for (const row of rows) root.add(row);
  root.seal();
  return root;
}

/** Throws nothing: what is wrong with a row is told to the records that come to it. */
function indexTable({ rows }: LookupTable, matching: Matching): TableIndex {
  const root = rootOf(rows, matching);
  return {
    hasValidities: rows.some(
      ({ validFrom, validTo }) => Number.isFinite(validFrom) || Number.isFinite(validTo),
    ),
    find: (query, micros) => root.find(query, micros),
  };
}

/** Whether a row fits what is asked, at any time. */
export function fits(row: LookupRow, matching: Matching, query: Query): boolean {
  const always = { ...row, validFrom: -Infinity, validTo: Infinity };
  return rootOf([always], matching).find(query, 0) === always;
}

/** Why a table cannot be searched by these columns, or have others taken from it; null where it can. */
export function misfit({ key, columns }: LookupTable, matched: readonly string[], taken: readonly string[]) {
  const unmatched = key.filter((column) => !matched.includes(column));
  if (unmatched.length > 0) return `has ${listed(unmatched)} in its key, which the step does not match`;
  const unknown = [...matched, ...taken].filter((column) => !columns.includes(column));
  return unknown.length > 0 ? `has no ${listed([...new Set(unknown)])}` : null;
}

function levelsOf(prefix: string, next: MakeLevel): MakeLevel {
  return () => new PrefixColumn(prefix, next);
}

function listed(columns: readonly string[]): string {
  return `${columns.length > 1 ? 'columns' : 'column'} ${columns.map((name) => `"${name}"`).join(', ')}`;
}
