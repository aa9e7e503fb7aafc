import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rates that are a share of an amount, and plans found by name among thousands. */
export class Rates1790000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(STATEMENTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX reference_change_plan;
      ALTER TABLE rate DROP COLUMN base_amount, DROP COLUMN base_currency`);
  }
}

const STATEMENTS = `
-- The fields that a rate is a share of: of an amount, in place of the value, and of its currency.
ALTER TABLE rate ADD COLUMN base_amount text, ADD COLUMN base_currency text,
  ADD CHECK (base_currency IS NULL OR base_amount IS NOT NULL);
-- When a plan last changed before a version, and first after it.
CREATE INDEX reference_change_plan ON reference_change ((summary->>'plan'), version) WHERE kind = 'rates';
`;
