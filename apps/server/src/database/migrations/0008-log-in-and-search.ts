import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What access tokens of a log-in are encrypted with, on every process alike (244 random bits in 32 bytes), and the
 * index by which exceptions of a usage key are found.
 */
export class LogInAndSearch1790000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE token_secret (
        one    boolean PRIMARY KEY DEFAULT true CHECK (one),
        secret bytea NOT NULL CHECK (octet_length(secret) = 32)
      );
      INSERT INTO token_secret (secret)
      VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
      CREATE INDEX exception_usage_key ON exception (usage_key) WHERE usage_key IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX exception_usage_key; DROP TABLE token_secret');
  }
}
