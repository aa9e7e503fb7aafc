import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Facts leave by age: feeds write into blocks of import ids by how long they keep what, and a block's
 * partitions are dropped when all that is in them is old enough (docs/adr/0002 and its amendment).
 */
export class Retention1790000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [BLOCKS, OPENING, ORDER]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('Import ids of several blocks cannot be undone: restore a backup instead.');
  }
}

const FOREVER = `'{"bodies": "forever", "exceptions": "forever", "usage": "forever"}'`;

const BLOCKS = `
-- A block that is open takes the imports of all feeds with its retention; one without a retention is spare.
CREATE TABLE import_block (
  -- Import ids of higher blocks are not exact in a double.
  id          integer PRIMARY KEY CHECK (id BETWEEN 0 AND 2097151),
  retention   jsonb,
  opened_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at   timestamptz,
  -- when nothing could be on its way into the closed block any more, and block_feed was written
  settled_at  timestamptz
);
CREATE UNIQUE INDEX import_block_open ON import_block (retention) WHERE closed_at IS NULL;
INSERT INTO import_block (id, retention) VALUES (0, ${FOREVER});

-- Whose imports a settled block has.
CREATE TABLE block_feed (
  block_id    integer NOT NULL REFERENCES import_block,
  feed_id     integer NOT NULL,
  imports     bigint NOT NULL,
  oldest_at   timestamptz NOT NULL,
  newest_at   timestamptz NOT NULL,
  PRIMARY KEY (block_id, feed_id)
);
-- Facts of a block that are gone for whoever asks; their table has been dropped once dropped_at is set.
CREATE TABLE expired_facts (
  block_id    integer NOT NULL REFERENCES import_block,
  fact        text NOT NULL CHECK (fact IN ('bodies','exceptions','usage')),
  expired_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  dropped_at  timestamptz,
  rows        bigint,
  PRIMARY KEY (block_id, fact)
);

ALTER TABLE feed
  ADD COLUMN retention jsonb NOT NULL DEFAULT ${FOREVER},
  ADD COLUMN block_id integer NOT NULL DEFAULT 0 REFERENCES import_block;

-- What an import's exceptions were, when they have left: how many by code, and how many had come to resolving or rating.
ALTER TABLE import ADD COLUMN exception_reasons jsonb, ADD COLUMN exceptions_unrated integer;
`;

const OPENING = `
-- The sequence gives the lower half of an import's id, in the order of acceptance over all blocks.
CREATE FUNCTION next_import_id(block integer) RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT (block::bigint << 32) | (nextval('import_id') & 4294967295) $$;

-- Attached, not created in place: that would keep readers and writers of the ledger waiting.
CREATE OR REPLACE FUNCTION open_partition_block(n integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['import_body', 'usage', 'exception'] LOOP
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', parent || '_' || n, parent);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
      parent, parent || '_' || n, n::bigint << 32, (n + 1)::bigint << 32);
  END LOOP;
END $$;

CREATE FUNCTION open_spare_block() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE n integer;
BEGIN
  SELECT max(id) + 1 INTO n FROM import_block;
  INSERT INTO import_block (id) VALUES (n);
  PERFORM open_partition_block(n);
  RETURN n;
END $$;

-- The open block of a retention. Callers take turns by the lock of feed changes.
CREATE FUNCTION block_for(kept jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE n integer;
BEGIN
  SELECT id INTO n FROM import_block WHERE retention = kept AND closed_at IS NULL;
  IF n IS NOT NULL THEN RETURN n; END IF;
  SELECT coalesce(min(id), open_spare_block()) INTO n FROM import_block WHERE retention IS NULL;
  UPDATE import_block SET retention = kept, opened_at = clock_timestamp() WHERE id = n;
  RETURN n;
END $$;

SELECT open_spare_block();
`;

/** Ids of different blocks are in no order of time: lists go by the moment of acceptance or of the exception. */
const ORDER = `
CREATE INDEX import_submitted ON import (submitted_at, id);
DROP INDEX import_of_feed;
CREATE INDEX import_of_feed ON import (feed_id, submitted_at, id);
DROP INDEX import_of_key;
CREATE INDEX import_of_key ON import (key_id, submitted_at, id);
DROP INDEX exception_of_feed;
CREATE INDEX exception_of_feed ON exception (feed_id, created_at, import_id, record_index);
CREATE INDEX exception_created ON exception (created_at, import_id, record_index);
`;
