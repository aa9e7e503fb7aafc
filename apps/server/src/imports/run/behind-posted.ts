import { PostedAhead } from './conflict-rules.js';

/** Others post in between now and then, not each time: a counter of transactions that is so far behind does not catch up. */
const MAX_TRIES = 20;

/**
 * Runs a transaction again where a holder was posted behind it in ledger order: a new one stands behind what was posted
 * meanwhile.
 * @throws Error after so many tries: the ledger is of another cluster, whose transactions had higher numbers
 */
export async function behindPosted<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction();
    } catch (error) {
      if (!(error instanceof PostedAhead)) throw error;
      if (tries === MAX_TRIES)
        throw new Error(
          'The ledger is ahead of the transactions of this Postgres, so nothing in it can be reversed: it was restored ' +
            'from a dump of another cluster. See docs/operations.md, "When the data is of another Postgres"',
        );
    }
  }
}
