/** Of a record that was imported, with rejected and repeated ones shared out among those. */
export async function storagePerRecord(database) {
  const usage = await btreeEntries(database, 'usage');
  const keys = await btreeEntries(database, 'key_cell');
  const bytes = async (...tables) => {
    const { rows } = await database.query(BYTES, [tables]);
    return Number(rows[0].bytes) / usage.rows;
  };
  return {
    ledger: await bytes('usage', 'key_cell'),
    indexEntries: (usage.entries + keys.entries) / usage.rows,
    body: await bytes('import_body'),
    rest: await bytes('exception', 'import', 'chunk', 'posting'),
  };
}

/** Rows of a table, and entries of all its B-trees: one for each row that an index is for. */
async function btreeEntries(database, table) {
  const { rows: predicates } = await database.query(BTREES, [table]);
  const counts = predicates.map(({ predicate }) => `count(*) FILTER (WHERE ${predicate})`);
  const { rows } = await database.query(
    `SELECT count(*)::float8 AS rows, (${counts.join(' + ')})::float8 AS entries FROM ${table}`,
  );
  return rows[0];
}

const BTREES = `
SELECT coalesce(pg_get_expr(i.indpred, i.indrelid), 'true') AS predicate
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
WHERE i.indrelid = $1::regclass AND a.amname = 'btree'`;

/** With indexes and TOAST, of a table or of all its partitions. */
const BYTES = `
SELECT sum(pg_total_relation_size(coalesce(p.relid, t.name::regclass))) AS bytes
FROM unnest($1::text[]) AS t(name) LEFT JOIN LATERAL pg_partition_tree(t.name::regclass) p ON p.isleaf`;
