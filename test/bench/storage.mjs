/** Of a record that was imported, with rejected and repeated ones shared out among those. */
export async function storagePerRecord(database) {
  const { rows } = await database.query(SIZES);
  const by = Object.fromEntries(rows.map((row) => [row.name, row]));
  const imported = Number(by.usage.rows);
  const bytes = (...names) => names.reduce((sum, name) => sum + Number(by[name].bytes), 0) / imported;
  const entries = (name) => (Number(by[name].btrees) * Number(by[name].rows)) / imported;
  return {
    ledger: bytes('usage', 'key_cell'),
    indexEntries: entries('usage') + entries('key_cell'),
    body: bytes('import_body'),
    rest: bytes('exception', 'import', 'chunk', 'posting'),
  };
}

const SIZES = `
SELECT t.name, t.rows, sum(pg_total_relation_size(coalesce(p.relid, t.name::regclass))) AS bytes,
  (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
   WHERE i.indrelid = t.name::regclass AND a.amname = 'btree') AS btrees
FROM (
  SELECT 'usage' AS name, (SELECT count(*) FROM usage) AS rows
  UNION ALL SELECT 'key_cell', (SELECT count(*) FROM key_cell)
  UNION ALL SELECT unnest(ARRAY['import_body', 'exception', 'import', 'chunk', 'posting']), 0
) t LEFT JOIN LATERAL pg_partition_tree(t.name::regclass) p ON p.isleaf
GROUP BY t.name, t.rows`;
