import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * No table that holds facts, or says what they mean, can be emptied, nor a partition of one; and what need not wait for a paused
 * feed has a lane of its own.
 */
export class GuardsAndLanes1790000000023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(GUARDS);
    await runner.query(LANES);
  }

  async down(): Promise<void> {
    throw new Error('Facts are not left without their guards: restore a backup instead.');
  }
}

/** Triggers on TRUNCATE are not handed on to partitions: each has its own. */
const GUARDS = `
CREATE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is never emptied: truncate refused', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION open_partition_block(n integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['import_body', 'usage', 'exception', 'record_revision'] LOOP
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', parent || '_' || n, parent);
    EXECUTE format('CREATE TRIGGER append_only_all BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
      parent || '_' || n);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
      parent, parent || '_' || n, n::bigint << 32, (n + 1)::bigint << 32);
  END LOOP;
END $$;

DO $$
DECLARE guarded text;
BEGIN
  FOR guarded IN SELECT inhrelid::regclass::text FROM pg_inherits
    WHERE inhparent IN ('import_body'::regclass, 'usage'::regclass, 'exception'::regclass, 'record_revision'::regclass)
  LOOP
    EXECUTE format('CREATE TRIGGER append_only_all BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', guarded);
  END LOOP;
  FOR guarded IN
    SELECT unnest(ARRAY['import', 'chunk', 'correction', 'correction_origin', 'reprocess', 'exception_state', 'key_cell', 'key_scope',
      'feed', 'profile', 'profile_version', 'reference_version', 'reference_change', 'identifier', 'rate_plan', 'rate', 'lookup_table',
      'lookup_row', 'usage_class', 'import_block', 'block_feed', 'expired_facts'])
    UNION ALL SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'key_cell'::regclass
  LOOP
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying()', guarded);
  END LOOP;
END $$;
`;

const LANES = `
-- chunk.kind: 0 fresh, 1 a reprocessing, 2 a correction that does not wait while its feed is paused (docs/adr/0016).
UPDATE chunk h SET kind = 2 FROM correction c LEFT JOIN reprocess r ON r.id = c.reprocess_id
WHERE h.import_id = c.import_id AND h.state = 0
  AND (c.operation IN ('revert', 'void', 'amend') OR r.cancelled_at IS NOT NULL);
`;
