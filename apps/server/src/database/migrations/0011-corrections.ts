import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Corrections: imports over records that were accepted before (docs/adr/0016). What an operator asked, which records a
 * chunk decides again, revisions of what was sent, attempts of exceptions, closed periods, healing.
 */
export class Corrections1790000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [CORRECTIONS, EXCEPTIONS, KEYS, PERIODS, HEALING])
      await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error(
      'Corrections cannot be told from what they corrected without this: restore a backup instead.',
    );
  }
}

const CORRECTIONS = `
-- What an operator asked for, once: it becomes one import per feed, profile version, reference version and mode.
CREATE TABLE reprocess (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id   uuid NOT NULL UNIQUE,
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  key_id      integer,
  actor       text NOT NULL,
  reason      text NOT NULL,
  -- the request as it was made, and what became of its selection
  request     jsonb NOT NULL,
  eligible    integer NOT NULL,
  ineligible  jsonb NOT NULL DEFAULT '[]',
  cancelled_at timestamptz
);

-- What an import of channel reprocess or revert does with the records of its chunks.
CREATE TABLE correction (
  import_id   bigint PRIMARY KEY,
  operation   text NOT NULL CHECK (operation IN ('exceptions','all','replace','amend','revert','void')),
  reprocess_id integer REFERENCES reprocess,
  -- the mode in which the records were accepted
  is_test     boolean NOT NULL DEFAULT false,
  -- of void: other usage may take the key
  release_key boolean NOT NULL DEFAULT false,
  -- its chunks are not due before that import has ended
  after_import_id bigint,
  reason      text NOT NULL,
  actor       text NOT NULL
);
CREATE INDEX correction_of_reprocess ON correction (reprocess_id) WHERE reprocess_id IS NOT NULL;
CREATE INDEX correction_after ON correction (after_import_id) WHERE after_import_id IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON correction FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE chunk
  -- of a correction: [import id, first index, last index, ...] of the records that it decides again, in their order
  ADD COLUMN origins bigint[] CHECK (cardinality(origins) % 3 = 0),
  -- of a correction: what it added to the ledger, by currency: decimal texts
  ADD COLUMN difference jsonb,
  -- the records were decided in test mode
  ADD COLUMN is_test boolean NOT NULL DEFAULT false;
ALTER TABLE chunk DISABLE TRIGGER finished;
UPDATE chunk SET is_test = true WHERE feed_id IN (SELECT id FROM feed WHERE mode = 'test');
ALTER TABLE chunk ENABLE TRIGGER finished;
-- Duplicates that may be orphaned when what they point at is reverted.
CREATE INDEX chunk_with_duplicates ON chunk (feed_id, id) WHERE duplicate > 0;

-- Chunks that decide again about records of an import.
CREATE TABLE correction_origin (
  import_id   bigint NOT NULL,
  chunk_id    bigint NOT NULL,
  PRIMARY KEY (import_id, chunk_id)
);
CREATE INDEX idempotency_of_import ON idempotency (import_id);
`;

const EXCEPTIONS = `
-- Attempts count from 0; the last one says why the record is an exception now.
ALTER TABLE exception ADD COLUMN attempt smallint NOT NULL DEFAULT 0;
ALTER TABLE exception DROP CONSTRAINT exception_pkey;
ALTER TABLE exception ADD PRIMARY KEY (import_id, record_index, attempt);
CREATE INDEX exception_missing ON exception (missing_kind, missing_value) WHERE missing_kind IS NOT NULL;
-- Only of records that were decided again: empty until something is corrected.
CREATE INDEX exception_corrected ON exception (produced_by) WHERE produced_by <> import_id;

ALTER TABLE exception_state
  DROP COLUMN revision,
  ADD COLUMN attempt smallint NOT NULL DEFAULT 0,
  ADD COLUMN reason text,
  ADD COLUMN changed_by text,
  ADD COLUMN changed_at timestamptz NOT NULL DEFAULT clock_timestamp();

-- What a record was changed to: the last revision is what a correction takes through the profile.
CREATE TABLE record_revision (
  import_id   bigint NOT NULL,
  record_index integer NOT NULL,
  -- counted from 1; 0 is what was sent
  revision    integer NOT NULL CHECK (revision > 0),
  feed_id     integer NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  key_id      integer,
  author      text NOT NULL,
  note        text,
  -- JSON text
  raw         text NOT NULL,
  PRIMARY KEY (import_id, record_index, revision)
) PARTITION BY RANGE (import_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON record_revision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON record_revision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE OR REPLACE FUNCTION open_partition_block(n integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['import_body', 'usage', 'exception', 'record_revision'] LOOP
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', parent || '_' || n, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
      parent, parent || '_' || n, n::bigint << 32, (n + 1)::bigint << 32);
  END LOOP;
END $$;
DO $$
DECLARE n integer;
BEGIN
  FOR n IN SELECT id FROM import_block b WHERE NOT EXISTS (
    SELECT FROM expired_facts e WHERE e.block_id = b.id AND e.fact = 'exceptions')
  LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF record_revision FOR VALUES FROM (%s) TO (%s)',
      'record_revision_' || n, n::bigint << 32, (n + 1)::bigint << 32);
  END LOOP;
END $$;
`;

const KEYS = `
-- A key that was freed by a revert is as new: what it was before does not count any more.
ALTER TABLE key_version ADD COLUMN resets boolean NOT NULL DEFAULT false;
`;

const PERIODS = `
-- Usage dated before this is of a closed period.
ALTER TABLE feed ADD COLUMN closed_until timestamptz;
CREATE TABLE period_change (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  action      text NOT NULL CHECK (action IN ('close','reopen')),
  -- close: until; reopen: from
  moment      timestamptz NOT NULL,
  -- null: all feeds, those that are created later too
  feeds       integer[],
  reason      text,
  actor       text NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON period_change FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON period_change FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
`;

const HEALING = `
-- Exceptions that a change of reference data may heal are reprocessed without being asked.
ALTER TABLE feed ADD COLUMN auto_heal boolean NOT NULL DEFAULT false;
-- Changes up to this version have been healed where feeds ask for it.
CREATE TABLE healing (
  one         boolean PRIMARY KEY DEFAULT true CHECK (one),
  healed_version bigint NOT NULL
);
INSERT INTO healing (healed_version) SELECT current FROM reference_version;
`;
