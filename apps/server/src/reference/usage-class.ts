import type { ProblemDetail } from '../common/index.js';
import { RowReader } from './row-reader.js';
import type { WrittenRow } from './written-rows.js';

/** What is counted by usage of a class. */
export interface UsageClass {
  readonly name: string;
  /** Of the values of its usage, e.g. `GB` or `s`; fixed once it is said. */
  readonly unit: string;
  readonly taxCategory: string | null;
}

export type IncomingClass = UsageClass & Pick<WrittenRow, 'pointer'>;

/** A class as it is kept, and who said so last. */
export interface KeptClass extends UsageClass {
  readonly changedBy: string;
}

/** What a request does to the classes that are there. */
export interface ClassChange {
  readonly created: readonly IncomingClass[];
  readonly changed: readonly IncomingClass[];
  readonly unchanged: number;
  /** Those whose unit would change. */
  readonly refused: readonly ProblemDetail[];
}

export function readUsageClasses(rows: readonly WrittenRow[], problems: ProblemDetail[]): IncomingClass[] {
  const first = new Map<string, string>();
  return rows.map(({ members, pointer }) => {
    const row = new RowReader(members, pointer, problems, 'UTC');
    row.refuseOthers(['name', 'unit', 'taxCategory']);
    const name = row.text('name', 1000);
    const other = first.get(name);
    if (name && other !== undefined) {
      problems.push({ pointer, code: 'repeated', message: `is the same class as ${other}` });
    } else first.set(name, pointer);
    return { pointer, name, unit: row.text('unit', 100), taxCategory: row.optionalText('taxCategory', 1000) };
  });
}

export function planClasses(
  kept: ReadonlyMap<string, UsageClass>,
  incoming: readonly IncomingClass[],
): ClassChange {
  const created: IncomingClass[] = [];
  const changed: IncomingClass[] = [];
  const refused: ProblemDetail[] = [];
  for (const row of incoming) {
    const present = kept.get(row.name);
    if (!present) created.push(row);
    else if (present.unit !== row.unit) {
      const message = `"${row.name}" is counted in ${present.unit}, and stays so: make another class for ${row.unit}`;
      refused.push({ pointer: `${row.pointer}/unit`, code: 'unit_fixed', message });
    } else if (present.taxCategory !== row.taxCategory) changed.push(row);
  }
  const unchanged = incoming.length - created.length - changed.length - refused.length;
  return { created, changed, unchanged, refused };
}
