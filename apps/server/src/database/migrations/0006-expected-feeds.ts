import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often a feed is expected to send: an ISO 8601 duration, null where nobody waits for it. */
export class ExpectedFeeds1790000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE feed ADD COLUMN expect_every text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE feed DROP COLUMN expect_every');
  }
}
