import type { Mill } from './mill.js';

/** What a feed has in the ledger and among its exceptions, in terms in which two feeds with the same records are equal. */
export interface LedgerText {
  readonly usage: readonly string[];
  readonly exceptions: readonly string[];
}

/** Imports are told by their order, since ids differ from feed to feed. */
const NUMBERED = `WITH i AS (
  SELECT id, row_number() OVER (ORDER BY id) AS number FROM import
  WHERE channel NOT IN ('reprocess', 'revert') AND feed_id = (SELECT id FROM feed WHERE api_name = $1)
)`;

const USAGE = `${NUMBERED}
SELECT concat_ws(' ', i.number, u.record_index, u.part, u.generation, u.kind, u.usage_key, u.account_id, u.value, u.amount, u.currency) AS line
FROM i JOIN usage u ON u.import_id = i.id ORDER BY i.number, u.record_index, u.part, u.generation, u.kind`;

const EXCEPTIONS = `${NUMBERED}
SELECT concat_ws(' ', i.number, x.record_index, x.attempt, x.code, coalesce(t.status, 'open')) AS line
FROM i JOIN exception x ON x.import_id = i.id
LEFT JOIN exception_state t ON t.import_id = x.import_id AND t.record_index = x.record_index
ORDER BY i.number, x.record_index, x.attempt`;

export async function ledgerOf(mill: Mill, feed: string): Promise<LedgerText> {
  const lines = async (sql: string) =>
    (await mill.query<{ line: string }>(sql, [feed])).map(({ line }) => line);
  return { usage: await lines(USAGE), exceptions: await lines(EXCEPTIONS) };
}

const BALANCE = `
WITH u AS (SELECT * FROM usage WHERE feed_id = (SELECT id FROM feed WHERE api_name = $1)),
live AS (
  SELECT * FROM u WHERE kind = 0 AND NOT EXISTS (SELECT FROM u r WHERE r.kind = 1 AND r.import_id = u.import_id
    AND r.record_index = u.record_index AND r.part = u.part AND r.generation = u.generation)
)
SELECT (SELECT coalesce(sum(amount), 0)::text FROM u) AS "ledger", (SELECT coalesce(sum(amount), 0)::text FROM live) AS "live",
  (SELECT count(*)::int FROM live) AS "entries", (SELECT count(DISTINCT usage_key)::int FROM live) AS "keys",
  (SELECT count(*)::int FROM key_cell c JOIN feed f ON f.key_scope_id = c.scope_id WHERE f.api_name = $1 AND c.state = 1) AS "liveCells"`;

/** What is live of a feed. Its sum is that of the whole ledger, and each key is live once. */
export async function balanceOf(mill: Mill, feed: string) {
  const [found] = await mill.query<{
    ledger: string;
    live: string;
    entries: number;
    keys: number;
    liveCells: number;
  }>(BALANCE, [feed]);
  const { ledger, live, entries, keys, liveCells } = found!;
  if (Number(ledger) !== Number(live))
    throw new Error(`the ledger is ${ledger}, and what is live of it ${live}`);
  if (keys !== entries || liveCells !== entries)
    throw new Error(`${entries} entries are live, of ${keys} keys, with ${liveCells} live cells`);
  return { amount: Number(live), entries };
}
