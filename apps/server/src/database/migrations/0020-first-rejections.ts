import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An exception is created when its record is rejected first: every later attempt repeats that moment, by which lists are
 * ordered and filtered, and has its own beside it.
 */
export class FirstRejections1790000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- of an attempt that is not the first; the first was made when the exception was created
      ALTER TABLE exception ADD COLUMN rejected_at timestamptz;
      ALTER TABLE exception DISABLE TRIGGER append_only;
      UPDATE exception e SET rejected_at = e.created_at, created_at = f.created_at
      FROM (
        SELECT DISTINCT ON (import_id, record_index) import_id, record_index, attempt, created_at
        FROM exception ORDER BY import_id, record_index, attempt
      ) f
      WHERE f.import_id = e.import_id AND f.record_index = e.record_index AND e.attempt > f.attempt;
      ALTER TABLE exception ENABLE TRIGGER append_only`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE exception DISABLE TRIGGER append_only;
      UPDATE exception SET created_at = rejected_at WHERE rejected_at IS NOT NULL;
      ALTER TABLE exception ENABLE TRIGGER append_only;
      ALTER TABLE exception DROP COLUMN rejected_at`);
  }
}
