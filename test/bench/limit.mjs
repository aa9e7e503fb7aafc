import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { amountOf, valueOf } from './oracle.mjs';
import { dateOf, factsOf, keyOf, kindOf, operationOf, planOf } from './records.mjs';
import {
  AMOUNT_DIGITS,
  CLASSES,
  CURRENCY,
  PRICE_DIGITS,
  RATE_PLAN,
  REGIONS,
  VALUE_DIGITS,
  accountOf,
  classNameOf,
  decimalText,
  identifierOf,
  priceOf,
  serviceOf,
} from './workload.mjs';

const TABLES = readFileSync(new URL('limit.sql', import.meta.url), 'utf8');
const ROWS_A_TRANSACTION = 1000;
const NONE = '\\N';

function ledgerLine(n, importId, index, keys) {
  const facts = factsOf(n);
  const { classIndex, regionIndex, account } = facts;
  const date = dateOf(n);
  const value = decimalText(valueOf(facts), VALUE_DIGITS);
  const [region, plan] = [REGIONS[regionIndex], planOf(n)];
  const extensions = `{"region":"${region}","plan":"${plan}","operation":"${operationOf(n)}","tariff":"${region}/${plan}"}`;
  return [
    ...[importId, index, 0, importId, 1, 1, 'usage', NONE, '2026-04-01T00:00:00Z', 'f'],
    ...[date, 'UTC', date.slice(0, 10), keyOf(n, keys), 'Unknown', identifierOf(account), 'svc-api-gateway'],
    ...[
      keyOf(n, keys),
      value,
      classNameOf(CLASSES[classIndex]),
      CLASSES[classIndex].type,
      'f',
      'f',
      1,
      extensions,
    ],
    ...['originatingIdentifier', 'Account', identifierOf(account), accountOf(account), serviceOf(account)],
    ...['rated', RATE_PLAN, classIndex * REGIONS.length + regionIndex + 1, value],
    ...[decimalText(priceOf(classIndex, regionIndex), PRICE_DIGITS)],
    ...[decimalText(amountOf(facts), AMOUNT_DIGITS), CURRENCY],
    ...Array(7).fill(NONE),
  ].join('\t');
}

/** COPY texts of the finished rows of a stream, by transaction. */
function transactionsOf({ first, records, keys, mix }) {
  const transactions = [];
  let ledger = [];
  let cells = [];
  const close = () => {
    transactions.push({ rows: cells.length, ledger: toBytes(ledger), cells: toBytes(cells) });
    ledger = [];
    cells = [];
  };
  for (let n = first; n < first + records; n++) {
    if (kindOf(n, mix) !== 'good') continue;
    const importId = transactions.length + 1;
    ledger.push(ledgerLine(n, importId, cells.length, keys));
    cells.push(['1', keyOf(n, keys), importId, cells.length].join('\t'));
    if (cells.length === ROWS_A_TRANSACTION) close();
  }
  if (cells.length > 0) close();
  return transactions;
}

const toBytes = (lines) => Buffer.from(`${lines.join('\n')}\n`);

/**
 * The limit: how fast Postgres takes the finished rows of a stream by COPY alone, 1,000 a transaction, on one
 * connection, into the tables of limit.sql.
 * @param postgresCpu tells the CPU seconds that Postgres has used so far
 * @returns rows a second, and CPU seconds of Postgres for 100,000 rows
 */
export async function measureLimit(databaseUrl, stream, postgresCpu) {
  const transactions = transactionsOf(stream);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(TABLES);
    await client.query('CHECKPOINT');
    const copy = (table, bytes) =>
      pipeline(Readable.from([bytes]), client.query(copyFrom(`COPY ${table} FROM STDIN`)));
    const cpuBefore = postgresCpu();
    const began = performance.now();
    for (const { ledger, cells } of transactions) {
      await client.query('BEGIN');
      await copy('limit_ledger', ledger);
      await copy('limit_key', cells);
      await client.query('COMMIT');
    }
    const seconds = (performance.now() - began) / 1000;
    const cpu = postgresCpu() - cpuBefore;
    const rows = transactions.reduce((sum, t) => sum + t.rows, 0);
    return { rowsPerSecond: rows / seconds, postgresCpu: (cpu * 100_000) / rows };
  } finally {
    await client.end();
  }
}
