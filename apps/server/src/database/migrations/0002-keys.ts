import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became of a usage key before: versions that the ledger has left behind, and how far keys are forgotten. */
export class Keys1790000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
-- key_cell.state: 0 free, 1 live, 2 voided, 3 seeded (billed elsewhere). Keys of test usage: scope_id is negative.
ALTER TABLE key_cell ADD COLUMN open_cancels boolean;

-- Records of a key that were replaced or cancelled, and those that did it and are not live: the same again is a duplicate.
CREATE TABLE key_version (
  scope_id    integer NOT NULL,
  key         text COLLATE "C" NOT NULL,
  id          bigint GENERATED ALWAYS AS IDENTITY,
  decoded_hash bytea NOT NULL,
  usage_hash  bytea,
  import_id   bigint NOT NULL,
  record_index integer NOT NULL,
  PRIMARY KEY (scope_id, key, id)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON key_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON key_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Keys of usage dated before this are forgotten: such usage is refused, for ever.
ALTER TABLE key_scope ADD COLUMN forgotten_before timestamptz;
-- Cells of usage dated before this have been taken away.
ALTER TABLE key_scope ADD COLUMN emptied_before timestamptz;
`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
ALTER TABLE key_scope DROP COLUMN emptied_before;
ALTER TABLE key_scope DROP COLUMN forgotten_before;
DROP TABLE key_version;
ALTER TABLE key_cell DROP COLUMN open_cancels;
`);
  }
}
