import pg from 'pg';
import type { ReferenceData } from 'feedmill/pipeline';
import { type TestDatabase, createTestDatabase } from '../../../../test/support/index.js';
import { connectionConfig } from '../database/index.js';
import { ReferenceReader } from './child.js';
import type { Query } from './query.js';
import { TableCache } from './table-cache.js';

let database: TestDatabase;
let client: pg.Client;
let queries = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(connectionConfig(database.url, 'test'));
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

const counted = {
  query: ((...args: Parameters<pg.Client['query']>) => {
    queries++;
    return client.query(...args);
  }) as unknown as pg.Client['query'],
};

/** A change of the kind that the store makes: closes and inserts under the next version. */
async function change(
  kind: 'identifiers' | 'rates' | 'tables',
  summary: object,
  statement: string,
  values: unknown[],
) {
  const { rows } = await client.query('UPDATE reference_version SET current = current + 1 RETURNING current');
  const version = (rows[0] as { current: number }).current;
  await client.query('INSERT INTO reference_change (version, actor, kind, summary) VALUES ($1, $2, $3, $4)', [
    version,
    'test',
    kind,
    summary,
  ]);
  for (const sql of statement.split(';'))
    await client.query(sql, [...values, version].slice(-parameters(sql)));
  return version;
}

const parameters = (sql: string) => new Set(sql.match(/\$\d/g)).size;

const setOwner = (value: string, account: string) =>
  change(
    'identifiers',
    {},
    `UPDATE identifier SET closed_version = $2 WHERE value = $1 AND closed_version IS NULL;
     INSERT INTO identifier (type, value, account_id, service_id, created_version)
     VALUES ('T', $1, '${account}', 's', $2)`,
    [value],
  );

const ownersAt = async (data: ReferenceData, ...values: string[]) =>
  Object.fromEntries(
    [...(await data.identifiers(new Set(values)))].map(([value, rows]) => [
      value,
      rows.map((r) => r.accountId),
    ]),
  );

describe('ReferenceReader', () => {
  it('sees identifiers as of the version asked for, newer and older, from memory where it can', async () => {
    const first = await setOwner('a', 'one');
    await setOwner('b', 'one');
    const second = await setOwner('a', 'two');
    const reader = new ReferenceReader();
    const early = await reader.at(counted, first);
    expect(await ownersAt(early, 'a', 'b', 'nothere')).toEqual({ a: ['one'] });
    expect(await ownersAt(await reader.at(counted, second), 'a', 'b')).toEqual({ a: ['two'], b: ['one'] });
    queries = 0;
    expect(await ownersAt(early, 'a', 'b', 'nothere')).toEqual({ a: ['one'] });
    expect(await ownersAt(await reader.at(counted, second), 'a', 'b', 'nothere')).toEqual({
      a: ['two'],
      b: ['one'],
    });
    expect(queries).toBe(0);

    const third = await setOwner('a', 'three');
    expect(await ownersAt(early, 'a')).toEqual({ a: ['one'] });
    queries = 0;
    const late = await reader.at(counted, third);
    expect(await ownersAt(late, 'a', 'b')).toEqual({ a: ['three'], b: ['one'] });
    // What changed, which plans changed, and the one value that did.
    expect(queries).toBeLessThanOrEqual(3);
    expect(await ownersAt(early, 'a', 'b')).toEqual({ a: ['one'] });
  });

  it('asks for a thousand values once, and survives values that cannot be', async () => {
    const version = await setOwner('c', 'one');
    const data = await new ReferenceReader().at(counted, version);
    queries = 0;
    const values = [
      ...Array.from({ length: 1000 }, (_, i) => `v${i}`),
      'c',
      '',
      'a\0b',
      '\ud800',
      'x'.repeat(100_000),
    ];
    expect(await ownersAt(data, ...values)).toEqual({ c: ['one'] });
    expect(queries).toBe(1);
  });

  it('looks values up by the index, also in a table without statistics', async () => {
    const { rows } = await client.query(
      `EXPLAIN SELECT i.* FROM unnest(ARRAY['a', 'b']) AS asked(value),
       LATERAL (SELECT id FROM identifier WHERE value = asked.value OFFSET 0) i`,
    );
    expect(JSON.stringify(rows)).not.toContain('Seq Scan');
  });

  describe('of rate plans', () => {
    const setPrice = async (plan: string, price: string) => {
      await client.query('INSERT INTO rate_plan (name, currency) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        plan,
        'USD',
      ]);
      return change(
        'rates',
        { plan },
        `UPDATE rate SET closed_version = $1 WHERE closed_version IS NULL
           AND plan_id = (SELECT id FROM rate_plan WHERE name = '${plan}');
         INSERT INTO rate (plan_id, usage_class, unit_price, valid_from, created_version)
         SELECT id, 'A', ${price}, '2026-01-01T00:00:00.000001Z', $1 FROM rate_plan WHERE name = '${plan}'`,
        [],
      );
    };
    const plansAt = async (reader: ReferenceReader, version: number, ...names: string[]) =>
      (await reader.at(counted, version)).ratePlans(new Set(names));

    it('gives the same object until the plan changes', async () => {
      const before = await setOwner('d', 'one');
      const first = await setPrice('p', '0.50');
      const reader = new ReferenceReader();
      const planAt = async (version: number, name = 'p') => (await plansAt(reader, version, name)).get(name);
      const plan = await planAt(first);
      expect(plan).toMatchObject({
        name: 'p',
        currency: 'USD',
        rates: [
          { unitPrice: '0.5', per: '1', increment: null, validFrom: 1767225600000001, validTo: Infinity },
        ],
      });
      expect(await planAt(before)).toBeUndefined();
      const other = await setPrice('q', '1');
      expect(await planAt(other)).toBe(plan);
      const second = await setPrice('p', '0.60');
      const changed = await planAt(second);
      expect(changed?.rates.map((rate) => rate.unitPrice)).toEqual(['0.6']);
      expect(await planAt(first)).toBe(plan);
      expect(await planAt(second)).toBe(changed);
      expect(await planAt(second, 'nothere')).toBeUndefined();
    });

    it('asks once for thousands of names, and not again, also for those without a plan', async () => {
      await setPrice('many-7', '7');
      const version = await setPrice('many-1234', '1234');
      const names = Array.from({ length: 5000 }, (_, i) => `many-${i}`);
      const reader = new ReferenceReader();
      queries = 0;
      const found = await plansAt(reader, version, ...names, 'a/b', '', 'a\0', '\ud800');
      expect([...found.keys()]).toEqual(['many-7', 'many-1234']);
      expect(queries).toBe(1);
      expect((await plansAt(reader, version, ...names)).get('many-7')).toBe(found.get('many-7'));
      expect(queries).toBe(1);
    });

    it('sees a plan that was not there before, and asks only for it', async () => {
      const before = await setPrice('old', '1');
      const reader = new ReferenceReader();
      const names = Array.from({ length: 100 }, (_, i) => `new-${i}`);
      expect((await plansAt(reader, before, 'old', ...names)).size).toBe(1);
      const after = await setPrice('new-5', '5');
      queries = 0;
      expect([...(await plansAt(reader, after, 'old', ...names)).keys()].sort()).toEqual(['new-5', 'old']);
      // What changed of identifiers is not asked, as none is known: what changed of plans, and the one plan that did.
      expect(queries).toBe(2);
      expect([...(await plansAt(reader, before, 'old', ...names)).keys()]).toEqual(['old']);
      expect(queries).toBe(2);
    });

    it('knows a plan without rates, and the versions before it was made', async () => {
      const before = await setOwner('e', 'one');
      await client.query("INSERT INTO rate_plan (name, currency) VALUES ('empty', 'EUR')");
      const made = await change('rates', { plan: 'empty' }, 'SELECT $1::bigint', []);
      const reader = new ReferenceReader();
      expect((await plansAt(reader, made, 'empty')).get('empty')).toEqual({
        name: 'empty',
        currency: 'EUR',
        rates: [],
      });
      expect((await plansAt(reader, before, 'empty')).size).toBe(0);
    });

    it('looks plans up by the index, also in tables without statistics', async () => {
      const { rows } = await client.query(
        `EXPLAIN SELECT c.* FROM unnest(ARRAY['a', 'b']) AS asked(name), LATERAL (
           SELECT version FROM reference_change WHERE kind = 'rates' AND summary->>'plan' = asked.name
             AND version <= 5 ORDER BY version DESC LIMIT 1) c`,
      );
      expect(JSON.stringify(rows)).toContain('reference_change_plan');
    });
  });

  it('gives the same table object until the table changes, and its older states when they are asked for', async () => {
    await client.query(
      `INSERT INTO lookup_table (name, key_columns, columns) VALUES ('t', '{code}', '{code,zone}'), ('u', '{code}', '{code}')`,
    );
    const setZone = (table: string, zone: string) =>
      change(
        'tables',
        { table },
        `UPDATE lookup_row SET closed_version = $1 WHERE closed_version IS NULL
           AND table_id = (SELECT id FROM lookup_table WHERE name = '${table}');
         INSERT INTO lookup_row (table_id, key, cells, valid_from, created_version)
         SELECT id, '["a"]', '{"code": "a", "zone": "${zone}"}', '2026-01-01T00:00:00.000001Z', $1
         FROM lookup_table WHERE name = '${table}'`,
        [],
      );
    const before = await setOwner('e', 'one');
    const first = await setZone('t', 'one');
    const reader = new ReferenceReader();
    const tableAt = async (version: number, name = 't') => (await reader.at(counted, version)).table(name);
    const table = await tableAt(first);
    expect(table).toEqual({
      name: 't',
      key: ['code'],
      columns: ['code', 'zone'],
      rows: [
        {
          id: expect.stringMatching(/^\d+$/),
          cells: { code: 'a', zone: 'one' },
          validFrom: 1767225600000001,
          validTo: Infinity,
        },
      ],
    });
    expect(await tableAt(before)).toBeUndefined();
    const other = await setZone('u', 'x');
    expect(await tableAt(other)).toBe(table);
    const second = await setZone('t', 'two');
    const changed = await tableAt(second);
    expect(changed?.rows.map(({ cells }) => cells.zone)).toEqual(['two']);
    queries = 0;
    expect(await tableAt(first)).toBe(table);
    expect(await tableAt(second)).toBe(changed);
    expect(queries).toBe(0);
    expect(await tableAt(second, 'nothere')).toBeUndefined();
    const late = new ReferenceReader();
    expect((await (await late.at(counted, first)).table('t'))?.rows).toEqual(table!.rows);
    expect(await (await late.at(counted, before)).table('t')).toBeUndefined();
  });

  it('reads a table of many rows whole, and keeps more rows than one only while there is room', async () => {
    await client.query(
      `INSERT INTO lookup_table (name, key_columns, columns) VALUES ('large', '{code}', '{code}')`,
    );
    const version = await change(
      'tables',
      { table: 'large' },
      `INSERT INTO lookup_row (table_id, key, cells, created_version)
       SELECT id, format('["%s"]', n), jsonb_build_object('code', n::text), $1
       FROM lookup_table, generate_series(1, 25000) n WHERE name = 'large'`,
      [],
    );
    const tables = new TableCache(60_000);
    const query = counted.query as unknown as Query;
    const large = await tables.get(query, 'large', version);
    expect(new Set(large!.rows.map(({ cells }) => cells.code)).size).toBe(25_000);
    for (const name of ['t', 'u', 'nothere']) await tables.get(query, name, version);
    expect(await tables.get(query, 'large', version)).toBe(large);
    const later = await change('tables', { table: 'large' }, 'SELECT $1::bigint', []);
    await tables.advance(query, version, later);
    const again = await tables.get(query, 'large', later);
    expect(await tables.get(query, 'large', version)).toBe(large);
    const latest = await change('tables', { table: 'large' }, 'SELECT $1::bigint', []);
    await tables.advance(query, later, latest);
    await tables.get(query, 'large', latest);
    expect(await tables.get(query, 'large', version)).toBe(large);
    expect(await tables.get(query, 'large', later)).not.toBe(again);
  });
});
