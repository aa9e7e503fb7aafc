import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What had a usage key before is found by the key, not by reading all that was ever corrected. */
export class CorrectedKeys1790000000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX usage_corrected_key ON usage (usage_key)
        WHERE (kind = 1 OR produced_by <> import_id) AND usage_key IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX usage_corrected_key');
  }
}
