import { toCountsText } from '../imports/import-text.js';
import type { Reasons } from '../imports/import.js';
import { type Money, toMoneyText } from '../output/money.js';
import { toList } from '../output/table.js';
import type { Paint } from '../output/terminal.js';

/** What records decided again came to, or would come to. */
export interface Outcome {
  verdicts: Verdicts;
  reasons: Reasons;
  /** What it adds to the ledger, by currency. */
  difference: Money;
  /** As `difference`, of test usage alone. */
  testDifference: Money;
}

export interface Verdicts {
  imported: number;
  exception: number;
  skipped: number;
  duplicate: number;
}

/** Records that were selected and are not decided again. */
export interface Ineligible {
  reason: string;
  count: number;
}

const verdictNames = ['imported', 'exception', 'skipped', 'duplicate'] as const;

export function toOutcomeParts(outcome: Outcome, paint: Paint): (string | null)[] {
  const { verdicts, reasons, difference, testDifference } = outcome;
  return [
    `${paint.in('bold', 'Verdicts')}\n${toList(
      verdictNames.map((name) => [name, verdicts[name]]),
      paint,
    )}`,
    toCountsText('Exceptions', reasons.exception, paint),
    toCountsText('Skipped', reasons.skipped, paint),
    toList(toDifferenceRows({ difference, testDifference }), paint),
  ];
}

/** The money that counts, and where there is any beside it that of test usage. */
export function toDifferenceRows({
  difference,
  testDifference,
}: Pick<Outcome, 'difference' | 'testDifference'>): [string, string][] {
  const rows: [string, string][] = [['money difference', toMoneyText(difference)]];
  if (Object.keys(testDifference).length > 0) rows.push(['of test usage', toMoneyText(testDifference)]);
  return rows;
}

export function toIneligibleText(ineligible: readonly Ineligible[], paint: Paint): string | null {
  return toCountsText(
    'Left out',
    Object.fromEntries(ineligible.map((each) => [each.reason, each.count])),
    paint,
  );
}

export function toVerdictsLine(verdicts: Verdicts): string {
  return verdictNames.map((name) => `${name} ${verdicts[name]}`).join(', ');
}
