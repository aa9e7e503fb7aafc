import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes that let a table's present be read without its history, and its changes without those of others. */
export class TableHistory1790000000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX lookup_row_live ON lookup_row (table_id, id) WHERE closed_version IS NULL;
      CREATE INDEX lookup_row_live_key ON lookup_row (table_id, key) WHERE closed_version IS NULL;
      CREATE INDEX lookup_row_closed ON lookup_row (table_id, closed_version) WHERE closed_version IS NOT NULL;
      DROP INDEX lookup_row_of_table;
      CREATE INDEX reference_change_table ON reference_change ((summary->>'table'), version) WHERE kind = 'tables'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX reference_change_table;
      CREATE INDEX lookup_row_of_table ON lookup_row (table_id, id);
      DROP INDEX lookup_row_live, lookup_row_live_key, lookup_row_closed`);
  }
}
