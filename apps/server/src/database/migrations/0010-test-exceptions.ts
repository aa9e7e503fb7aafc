import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Exceptions of test usage are marked when they are stored, as usage is: a feed that goes live does not change what they were. */
export class TestExceptions1790000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE exception ADD COLUMN is_test boolean NOT NULL DEFAULT false;
      ALTER TABLE exception DISABLE TRIGGER append_only;
      UPDATE exception SET is_test = true WHERE feed_id IN (SELECT id FROM feed WHERE mode = 'test');
      ALTER TABLE exception ENABLE TRIGGER append_only;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE exception DROP COLUMN is_test');
  }
}
