import { expect } from './oracle.mjs';
import { AMOUNT_DIGITS, VALUE_DIGITS, decimalText } from './workload.mjs';

const VERDICTS = ['total', 'imported', 'exception', 'skipped', 'duplicate'];

/**
 * Compares what became of all streams of a feed with what had to: verdicts as the API counts them, sums, rows and live
 * keys as they stand in the database.
 * @throws where anything differs: figures of a run that lost or invented records are worth nothing
 */
export async function verify(installation, feed, streams) {
  const wanted = streams.map(expect);
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

const LEDGER = `
WITH f AS (SELECT id, key_scope_id FROM feed WHERE api_name = $1), imports AS (SELECT i.id FROM import i, f WHERE i.feed_id = f.id)
SELECT count(*) AS rows, count(DISTINCT usage_key) AS keys, coalesce(trim_scale(sum(value)), 0) AS value,
  coalesce(trim_scale(sum(amount)), 0) AS amount,
  (SELECT count(*) FROM key_cell k, f WHERE k.scope_id = f.key_scope_id AND k.state = 1 AND k.import_id IN (SELECT id FROM imports)) AS live
FROM usage u, f WHERE u.feed_id = f.id`;
