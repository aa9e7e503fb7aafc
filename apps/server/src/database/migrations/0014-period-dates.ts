import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A period that is closed by a date ends at midnight of each feed's zone, also of feeds that come later. */
export class PeriodDates1790000000014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Where a date was named: midnight of this day in a feed's zone, and not \`moment\`, which is midnight in UTC.
      ALTER TABLE period_change ADD COLUMN local_date date;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE period_change DROP COLUMN local_date');
  }
}
