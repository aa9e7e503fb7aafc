import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a revert orphans is found when it has ended (docs/adr/0020), and one revert takes back what was accepted in either
 * mode: chunks know theirs.
 */
export class Orphans1790000000019 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE reprocess
        -- of what a revert orphans: the import that is reverted, and the feeds that are meant (null: all)
        ADD COLUMN orphans_of bigint,
        ADD COLUMN orphan_feeds integer[],
        -- when its records are looked for, once the revert has ended; null: all have been found
        ADD COLUMN due_at timestamptz;
      CREATE INDEX reprocess_due ON reprocess (due_at) WHERE due_at IS NOT NULL;
      UPDATE chunk SET next_at = '-infinity' WHERE state = 0 AND next_at = 'infinity';
      ALTER TABLE correction DROP COLUMN after_import_id, DROP COLUMN is_test;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE correction ADD COLUMN after_import_id bigint, ADD COLUMN is_test boolean NOT NULL DEFAULT false;
      CREATE INDEX correction_after ON correction (after_import_id) WHERE after_import_id IS NOT NULL;
      ALTER TABLE reprocess DROP COLUMN orphans_of, DROP COLUMN orphan_feeds, DROP COLUMN due_at;
    `);
  }
}
