import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A rejected record is known again by the usage that it maps to, as one that passed is: not only by its decoded form. */
export class OpenUsageHash1790000000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Beside open_hash and held_hash; null where the record did not come so far, or came before this was kept.
      ALTER TABLE key_cell ADD COLUMN open_usage_hash bytea;
      ALTER TABLE exception_state ADD COLUMN held_usage_hash bytea`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE key_cell DROP COLUMN open_usage_hash;
      ALTER TABLE exception_state DROP COLUMN held_usage_hash`);
  }
}
