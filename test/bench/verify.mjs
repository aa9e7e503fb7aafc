import { expect } from './oracle.mjs';
import { AMOUNT_DIGITS, VALUE_DIGITS, decimalText } from './workload.mjs';

const VERDICTS = ['total', 'imported', 'exception', 'skipped', 'duplicate'];

/**
 * Compares what became of all streams of a feed with what had to: verdicts as the API counts them, sums, rows and live
 * keys as they stand in the database.
 * @throws where anything differs: figures of a run that lost or invented records are worth nothing
 */
export async function verify(installation, feed, streams) {
  const wanted = streams.map((stream) => expect(stream));
  const sum = (read) => wanted.map(read).reduce((a, b) => a + b);
  const problems = [];
  const compare = (what, found, expected) => {
    if (String(found) !== String(expected)) problems.push(`${what}: ${found}, expected ${expected}`);
  };

  const imports = await installation.list(`/imports?feed=${feed}`);
  for (const verdict of VERDICTS) {
    const found = imports.reduce((n, { counts }) => n + counts[verdict], 0);
    compare(
      `${verdict} by the API`,
      found,
      sum(({ counts }) => counts[verdict]),
    );
  }
  compare('imports not completed', imports.filter(({ status }) => status !== 'completed').length, 0);

  const { rows } = await installation.database.query(LEDGER, [feed]);
  const [ledger] = rows;
  const imported = sum(({ counts }) => counts.imported);
  compare('usage rows', ledger.rows, imported);
  compare('usage keys in the ledger', ledger.keys, imported);
  compare('live keys', ledger.live, imported);
  compare(
    'sum of values',
    ledger.value,
    decimalText(
      sum(({ value }) => value),
      VALUE_DIGITS,
    ),
  );
  compare(
    'sum of amounts',
    ledger.amount,
    decimalText(
      sum(({ amount }) => amount),
      AMOUNT_DIGITS,
    ),
  );
  if (problems.length) throw new Error(`The results of feed ${feed} are wrong:\n  ${problems.join('\n  ')}`);
}

/**
 * Compares what is live of a feed, and the sum of all of its entries, with what must be live by prices that are multiplied by
 * `times`; and the entries that corrections have added, with `added`.
 * @throws where anything differs
 */
export async function verifyCorrected(installation, feed, stream, times, added) {
  const { counts, value, amount } = expect(stream, times);
  const { rows } = await installation.database.query(CORRECTED, [feed]);
  const wanted = {
    live: counts.imported,
    entries: counts.imported + added,
    value: decimalText(value, VALUE_DIGITS),
    amount: decimalText(amount, AMOUNT_DIGITS),
    balance: decimalText(amount, AMOUNT_DIGITS),
  };
  const wrong = Object.entries(wanted).filter(
    ([name, expected]) => String(rows[0][name]) !== String(expected),
  );
  if (wrong.length === 0) return;
  const problems = wrong.map(([name, expected]) => `${name}: ${rows[0][name]}, expected ${expected}`);
  throw new Error(`The corrected ledger of feed ${feed} is wrong:\n  ${problems.join('\n  ')}`);
}

const CORRECTED = `
WITH e AS (
  SELECT u.amount, u.value, u.kind, count(*) OVER (PARTITION BY u.import_id, u.record_index, u.part, u.generation) AS entries
  FROM usage u WHERE u.feed_id = (SELECT id FROM feed WHERE api_name = $1)
)
SELECT count(*) FILTER (WHERE entries = 1) AS live, count(*) AS entries,
  coalesce(trim_scale(sum(value) FILTER (WHERE entries = 1)), 0) AS value,
  coalesce(trim_scale(sum(amount) FILTER (WHERE entries = 1)), 0) AS amount, coalesce(trim_scale(sum(amount)), 0) AS balance
FROM e`;

const LEDGER = `
WITH f AS (SELECT id, key_scope_id FROM feed WHERE api_name = $1), imports AS (SELECT i.id FROM import i, f WHERE i.feed_id = f.id)
SELECT count(*) AS rows, count(DISTINCT usage_key) AS keys, coalesce(trim_scale(sum(value)), 0) AS value,
  coalesce(trim_scale(sum(amount)), 0) AS amount,
  (SELECT count(*) FROM key_cell k, f WHERE k.scope_id = f.key_scope_id AND k.state = 1 AND k.import_id IN (SELECT id FROM imports)) AS live
FROM usage u, f WHERE u.feed_id = f.id`;
