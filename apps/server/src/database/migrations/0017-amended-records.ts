import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a record is amended to stands with the correction, and becomes its revision together with the new usage, or not at all. */
export class AmendedRecords1790000000017 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // JSON text
    await runner.query('ALTER TABLE correction ADD COLUMN amended text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE correction DROP COLUMN amended');
  }
}
