import { toDecimalText } from '../common/index.js';

/** What a correction adds to the ledger, by currency: decimal texts. Test usage is in no total, and so never added to what counts. */
export interface Differences {
  readonly difference: Readonly<Record<string, string>>;
  readonly testDifference: Readonly<Record<string, string>>;
}

export interface AmountRow {
  is_test: boolean;
  currency: string;
  amount: string;
}

export function toDifferences(rows: readonly AmountRow[]): Differences {
  const ofMode = (isTest: boolean) =>
    Object.fromEntries(
      rows
        .filter((row) => row.is_test === isTest)
        .map(({ currency, amount }) => [currency, toDecimalText(amount)]),
    );
  return { difference: ofMode(false), testDifference: ofMode(true) };
}
