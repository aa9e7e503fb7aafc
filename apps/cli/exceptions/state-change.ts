import { toList } from '../output/table.js';
import type { Paint } from '../output/terminal.js';
import { type Ineligible, toIneligibleText } from '../reprocessing/outcome.js';

/** How many exceptions were discarded or reopened, or would be. */
export interface StateChange {
  matched: number;
  changed: number;
  ineligible: Ineligible[];
}

/** @param done what was done with them: `discarded` */
export function toStateChangeText(change: StateChange, done: string, paint: Paint): string {
  const counts = toList(
    [
      ['selected', change.matched],
      [done, change.changed],
    ],
    paint,
  );
  const leftOut = toIneligibleText(change.ineligible, paint);
  return leftOut === null ? counts : `${counts}\n\n${leftOut}`;
}
