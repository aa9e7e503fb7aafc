import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a discarded exception held of its usage key, so that it can have that back. */
export class DiscardedKeys1790000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- As key_cell.open_hash and open_cancels were; null where it did not hold its key.
      ALTER TABLE exception_state ADD COLUMN held_hash bytea, ADD COLUMN held_cancels boolean`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE exception_state DROP COLUMN held_hash, DROP COLUMN held_cancels');
  }
}
