import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables for look-ups, versioned like all reference data. */
export class Tables1790000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE lookup_table (
        id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name        text NOT NULL UNIQUE,
        key_columns text[] NOT NULL CHECK (cardinality(key_columns) > 0),
        -- every column that a row has ever had, the key's first
        columns     text[] NOT NULL,
        time_zone   text NOT NULL DEFAULT 'UTC',
        created_at  timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE lookup_row (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        table_id    integer NOT NULL REFERENCES lookup_table,
        -- the cells of the key as a JSON list of texts, in the order of key_columns
        key         text COLLATE "C" NOT NULL CHECK (octet_length(key) <= 2000),
        -- all cells that are not empty, by column
        cells       jsonb NOT NULL,
        valid_from  timestamptz NOT NULL DEFAULT '-infinity',
        valid_to    timestamptz NOT NULL DEFAULT 'infinity',
        created_version bigint NOT NULL,
        closed_version  bigint,
        CHECK (valid_from < valid_to)
      );
      CREATE INDEX lookup_row_key ON lookup_row (table_id, key);
      CREATE INDEX lookup_row_of_table ON lookup_row (table_id, id);
      CREATE TRIGGER versioned BEFORE UPDATE OR DELETE ON lookup_row
        FOR EACH ROW EXECUTE FUNCTION refuse_unless_closing();
      ALTER TABLE reference_change DROP CONSTRAINT reference_change_kind_check,
        ADD CONSTRAINT reference_change_kind_check CHECK (kind IN ('identifiers','rates','tables'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE reference_change DROP CONSTRAINT reference_change_kind_check,
        ADD CONSTRAINT reference_change_kind_check CHECK (kind IN ('identifiers','rates'));
      DROP TABLE lookup_row;
      DROP TABLE lookup_table`);
  }
}
