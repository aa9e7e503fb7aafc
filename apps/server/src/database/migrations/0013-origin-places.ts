import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads which records a chunk of a correction decides again. */
export class OriginPlaces1790000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The places of chunk.origins, each with the position of its first record in the chunk.
      CREATE FUNCTION origin_places(origins bigint[])
      RETURNS TABLE (import_id bigint, first_index integer, last_index integer, starts_at integer)
      LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10 AS $$
        SELECT p.import_id, p.first_index, p.last_index,
          (sum(p.last_index - p.first_index + 1) OVER (ORDER BY p.n) - (p.last_index - p.first_index + 1))::integer
        FROM (
          SELECT (o.n - 1) / 3 AS n, max(v) FILTER (WHERE o.n % 3 = 1) AS import_id,
            (max(v) FILTER (WHERE o.n % 3 = 2))::integer AS first_index,
            (max(v) FILTER (WHERE o.n % 3 = 0))::integer AS last_index
          FROM unnest(origins) WITH ORDINALITY AS o (v, n) GROUP BY (o.n - 1) / 3
        ) p
      $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION origin_places(bigint[])');
  }
}
