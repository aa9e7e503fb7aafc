import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Healing goes on feed by feed: a feed whose records wait must not hold up the others. */
export class HealingByFeed1790000000016 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Changes of reference data up to this version have been healed; null where the feed does not ask for it.
      ALTER TABLE feed ADD COLUMN healed_version bigint;
      UPDATE feed SET healed_version = healing.healed_version FROM healing WHERE auto_heal;
      DROP TABLE healing;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE healing (
        one         boolean PRIMARY KEY DEFAULT true CHECK (one),
        healed_version bigint NOT NULL
      );
      INSERT INTO healing (healed_version) SELECT current FROM reference_version;
      ALTER TABLE feed DROP COLUMN healed_version;
    `);
  }
}
