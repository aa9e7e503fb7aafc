import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the entries of a posting lie, for readers in ledger order; and the units of usage classes. */
export class LedgerOrder1790000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(POSTING_PLACES);
    await runner.query(USAGE_CLASSES);
  }

  async down(): Promise<void> {
    throw new Error('Billing systems hold cursors in ledger order: restore a backup instead.');
  }
}

const POSTING_PLACES = `
ALTER TABLE posting
  -- how many there are; null: not said
  ADD COLUMN entries integer,
  -- [import id, first index, last index, ...]: records whose entries are of this posting; null: not said
  ADD COLUMN places bigint[] CHECK (cardinality(places) % 3 = 0);
`;

const USAGE_CLASSES = `
CREATE TABLE usage_class (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text COLLATE "C" NOT NULL UNIQUE CHECK (octet_length(name) BETWEEN 1 AND 1000),
  unit        text COLLATE "C" NOT NULL CHECK (octet_length(unit) BETWEEN 1 AND 100),
  tax_category text,
  -- who said so last: 'config' for the configuration folder
  changed_by  text NOT NULL,
  updated_at  timestamptz NOT NULL DEFAULT now()
);
-- What was counted in a unit is never read in another.
CREATE FUNCTION refuse_other_unit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the unit of a usage class is fixed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER unit_fixed BEFORE UPDATE ON usage_class FOR EACH ROW
  WHEN (OLD.name <> NEW.name OR OLD.unit <> NEW.unit) EXECUTE FUNCTION refuse_other_unit();
CREATE TRIGGER unit_kept BEFORE DELETE ON usage_class FOR EACH ROW EXECUTE FUNCTION refuse_other_unit();
`;
