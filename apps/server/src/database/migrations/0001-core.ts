import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The schema of docs/architecture.md: configuration, reference data by version, the ledger and its
 * facts partitioned by import id, and the small mutable state beside them.
 */
export class Core1790000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [CONFIGURATION, REFERENCE, ARRIVAL, LEDGER, GUARDS, PARTITIONS]) {
      await runner.query(statements);
    }
  }

  async down(): Promise<void> {
    throw new Error('The first migration has nothing before it: restore a backup instead.');
  }
}

const CONFIGURATION = `
CREATE TABLE api_key (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id   text NOT NULL UNIQUE,
  name        text NOT NULL,
  role        text NOT NULL CHECK (role IN ('integrator','viewer','operator','implementer','admin')),
  feeds       integer[],
  created_at  timestamptz NOT NULL DEFAULT now(),
  created_by  integer REFERENCES api_key,
  expires_at  timestamptz,
  revoked_at  timestamptz,
  last_used_at timestamptz
);
-- A key has one live secret, or two while it is being rotated.
CREATE TABLE api_key_secret (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key_id      integer NOT NULL REFERENCES api_key,
  sha256      bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz
);
CREATE INDEX api_key_secret_key ON api_key_secret (key_id);

CREATE TABLE audit (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  key_id      integer,
  actor       text NOT NULL,
  action      text NOT NULL,
  subject     text NOT NULL,
  before      jsonb,
  after       jsonb,
  request_id  text
);

CREATE TABLE profile (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text NOT NULL UNIQUE,
  description text NOT NULL DEFAULT '',
  published_version_id integer,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE profile_version (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  profile_id  integer NOT NULL REFERENCES profile,
  version     integer NOT NULL,
  status      text NOT NULL CHECK (status IN ('draft','published','retired')),
  definition  jsonb NOT NULL,
  comment     text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text NOT NULL,
  published_at timestamptz,
  published_by text,
  UNIQUE (profile_id, version)
);
ALTER TABLE profile ADD FOREIGN KEY (published_version_id) REFERENCES profile_version;

-- Feeds of one scope share their usage keys. A scope without a name belongs to one feed.
CREATE TABLE key_scope (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text UNIQUE
);
CREATE TABLE feed (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text NOT NULL UNIQUE,
  api_name    text NOT NULL UNIQUE,
  description text NOT NULL DEFAULT '',
  enabled     boolean NOT NULL DEFAULT true,
  paused      boolean NOT NULL DEFAULT false,
  paused_reason text,
  format      text NOT NULL CHECK (format IN ('rows','records')),
  rows        jsonb,
  profile_id  integer NOT NULL REFERENCES profile,
  usage_key   jsonb NOT NULL,
  key_scope_id integer NOT NULL REFERENCES key_scope,
  key_retention text NOT NULL DEFAULT 'forever',
  time_zone   text NOT NULL DEFAULT 'UTC',
  dst_overlap text NOT NULL DEFAULT 'earlier' CHECK (dst_overlap IN ('earlier','later','reject')),
  dst_gap     text NOT NULL DEFAULT 'reject' CHECK (dst_gap IN ('reject','shift')),
  late_usage  text NOT NULL DEFAULT 'exception' CHECK (late_usage IN ('exception','accept')),
  accept_usage_since text,
  future_tolerance text NOT NULL DEFAULT 'PT24H',
  mode        text NOT NULL DEFAULT 'live' CHECK (mode IN ('live','test')),
  parameters  jsonb NOT NULL DEFAULT '{}',
  -- chunks in a row that could not be finished because records crash the process
  crash_streak integer NOT NULL DEFAULT 0,
  -- the configuration folder's last word on this feed, to tell drift from change
  config_sha256 bytea,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now()
);
`;

const REFERENCE = `
CREATE TABLE reference_version (
  one         boolean PRIMARY KEY DEFAULT true CHECK (one),
  current     bigint NOT NULL
);
INSERT INTO reference_version (current) VALUES (0);
-- One row per change: version numbers are in commit order, because the row above is locked until commit.
CREATE TABLE reference_change (
  version     bigint PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor       text NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('identifiers','rates')),
  summary     jsonb NOT NULL
);
-- A row is true for versions v with created_version <= v < coalesce(closed_version, infinity).
CREATE TABLE identifier (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type        text NOT NULL CHECK (octet_length(type) BETWEEN 1 AND 200),
  value       text COLLATE "C" NOT NULL CHECK (octet_length(value) BETWEEN 1 AND 1000),
  account_id  text COLLATE "C" NOT NULL CHECK (octet_length(account_id) BETWEEN 1 AND 200),
  service_id  text COLLATE "C" NOT NULL CHECK (octet_length(service_id) BETWEEN 1 AND 200),
  attributes  jsonb NOT NULL DEFAULT '{}',
  valid_from  timestamptz NOT NULL DEFAULT '-infinity',
  valid_to    timestamptz NOT NULL DEFAULT 'infinity',
  created_version bigint NOT NULL,
  closed_version  bigint,
  CHECK (valid_from < valid_to)
);
CREATE INDEX identifier_value ON identifier (value);
CREATE INDEX identifier_created ON identifier (created_version);
CREATE INDEX identifier_closed ON identifier (closed_version) WHERE closed_version IS NOT NULL;

CREATE TABLE rate_plan (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text NOT NULL UNIQUE,
  currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  time_zone   text NOT NULL DEFAULT 'UTC',
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE rate (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plan_id     integer NOT NULL REFERENCES rate_plan,
  usage_class text NOT NULL,
  usage_class_type text,
  match       jsonb NOT NULL DEFAULT '{}',
  unit_price  numeric NOT NULL,
  per         numeric NOT NULL DEFAULT 1 CHECK (per > 0),
  increment   numeric CHECK (increment > 0),
  minimum_quantity numeric,
  setup_amount numeric,
  minimum_amount numeric,
  scale       smallint CHECK (scale BETWEEN 0 AND 18),
  rounding    text NOT NULL DEFAULT 'halfUp' CHECK (rounding IN ('halfUp','halfEven','up','down')),
  valid_from  timestamptz NOT NULL DEFAULT '-infinity',
  valid_to    timestamptz NOT NULL DEFAULT 'infinity',
  created_version bigint NOT NULL,
  closed_version  bigint,
  CHECK (valid_from < valid_to)
);
CREATE INDEX rate_of_plan ON rate (plan_id);
`;

const ARRIVAL = `
CREATE SEQUENCE import_id AS bigint START 1;
CREATE TABLE import (
  id          bigint PRIMARY KEY,
  tracking_id uuid NOT NULL UNIQUE,
  feed_id     integer NOT NULL,
  profile_version_id integer NOT NULL,
  channel     text NOT NULL DEFAULT 'api' CHECK (channel IN ('api','file','reprocess','revert')),
  status      text NOT NULL DEFAULT 'running' CHECK (status IN ('running','completed','failed')),
  submitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  key_id      integer,
  source      text,
  total       integer NOT NULL,
  -- written once, when the last chunk has committed
  started_at  timestamptz,
  ended_at    timestamptz,
  imported    integer,
  exception   integer,
  skipped     integer,
  duplicate   integer,
  usage_count integer,
  reprocess_of bigint,
  reverted_by bigint,
  error_code  text,
  error_message text,
  CHECK ((status = 'running') = (ended_at IS NULL)),
  CHECK (status = 'running' OR imported + exception + skipped + duplicate = total)
);
CREATE INDEX import_running ON import (id) WHERE status = 'running';
CREATE INDEX import_of_feed ON import (feed_id, id);
CREATE INDEX import_of_key ON import (key_id, id);

CREATE TABLE import_body (
  import_id   bigint NOT NULL,
  part        smallint NOT NULL DEFAULT 0,
  content_type text NOT NULL,
  -- bytes when decompressed; body is gzip
  raw_bytes   integer NOT NULL,
  -- the body has numbers that a double cannot hold
  has_exact_numbers boolean NOT NULL DEFAULT false,
  sha256      bytea NOT NULL,
  body        bytea NOT NULL,
  PRIMARY KEY (import_id, part)
) PARTITION BY RANGE (import_id);
ALTER TABLE import_body ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE idempotency (
  feed_id     integer NOT NULL,
  key         text COLLATE "C" NOT NULL,
  sha256      bytea NOT NULL,
  import_id   bigint NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (feed_id, key)
);
CREATE INDEX idempotency_expires ON idempotency (expires_at);

-- kind: 0 fresh, 1 reprocessing. state: 0 pending, 1 done.
CREATE TABLE chunk (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  import_id   bigint NOT NULL,
  feed_id     integer NOT NULL,
  profile_version_id integer NOT NULL,
  kind        smallint NOT NULL DEFAULT 0,
  first_index integer NOT NULL,
  total       integer NOT NULL CHECK (total > 0),
  state       smallint NOT NULL DEFAULT 0,
  attempts    integer NOT NULL DEFAULT 0,
  next_at     timestamptz NOT NULL DEFAULT '-infinity',
  lease_owner uuid,
  leased_at   timestamptz,
  lease_until timestamptz,
  backend_pid integer,
  reference_version bigint,
  -- attempts that ended with the death of the process, and the records known to cause it
  crashes     integer NOT NULL DEFAULT 0,
  crashed     integer[],
  -- the record that was running when the process last died: blamed when it dies there again
  suspect     integer,
  started_at  timestamptz,
  ended_at    timestamptz,
  -- one letter per record in index order: i imported, e exception, s skipped, d duplicate
  verdicts    text,
  -- [index, reason|null, usageKey|null, duplicateOf importId|null, duplicateOf index|null] of skipped and duplicate records
  details     jsonb,
  imported    integer NOT NULL DEFAULT 0,
  exception   integer NOT NULL DEFAULT 0,
  skipped     integer NOT NULL DEFAULT 0,
  duplicate   integer NOT NULL DEFAULT 0,
  usage_count integer NOT NULL DEFAULT 0,
  pending     integer GENERATED ALWAYS AS (total - imported - exception - skipped - duplicate) STORED,
  CHECK ((state = 0 AND verdicts IS NULL AND imported + exception + skipped + duplicate = 0)
      OR (state = 1 AND verdicts IS NOT NULL AND length(verdicts) = total
          AND imported = total - length(replace(verdicts, 'i', ''))
          AND exception = total - length(replace(verdicts, 'e', ''))
          AND skipped = total - length(replace(verdicts, 's', ''))
          AND duplicate = total - length(replace(verdicts, 'd', ''))
          AND imported + exception + skipped + duplicate = total))
) WITH (fillfactor = 80);
CREATE INDEX chunk_pending ON chunk (feed_id, kind, id) WHERE state = 0;
CREATE INDEX chunk_of_import ON chunk (import_id);

-- The window: chunks that have been given to the queue.
CREATE TABLE ring (
  chunk_id    bigint PRIMARY KEY,
  feed_id     integer NOT NULL,
  kind        smallint NOT NULL,
  rung_at     timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
-- When each feed and kind was last given a turn.
CREATE TABLE dispatch_turn (
  feed_id     integer NOT NULL,
  kind        smallint NOT NULL,
  turn        bigint NOT NULL,
  PRIMARY KEY (feed_id, kind)
) WITH (fillfactor = 50);
CREATE SEQUENCE dispatch_turn_number;
-- Worker processes that are alive, for the size of the window and for health.
CREATE TABLE worker (
  id          uuid PRIMARY KEY,
  slots       integer NOT NULL,
  seen_at     timestamptz NOT NULL
) WITH (fillfactor = 50);
`;

const LEDGER = `
-- Who holds a usage key. state: 0 free, 1 live, 2 voided. Beside it, the open exception of the key, at most one.
CREATE TABLE key_cell (
  scope_id    integer NOT NULL,
  state       smallint NOT NULL,
  generation  smallint NOT NULL,
  record_index integer,
  import_id   bigint,
  open_import_id bigint,
  open_index  integer,
  key         text COLLATE "C" NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 512),
  decoded_hash bytea,
  usage_hash  bytea,
  open_hash   bytea,
  PRIMARY KEY (scope_id, key)
) PARTITION BY HASH (key);

-- One row per posting transaction. Ledger order is (xid, id); readers stop before the oldest running xid.
CREATE TABLE posting (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
  posted_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX posting_order ON posting (xid, id);

-- kind: 0 usage, 1 reversal. A reversal has its entry's key with its own kind, so there is at most one.
-- flags: 1 inbound, 2 reverse rating, 4 late, 8 test.
CREATE TABLE usage (
  import_id   bigint NOT NULL,
  posting_id  bigint NOT NULL,
  produced_by bigint NOT NULL,
  date        timestamptz NOT NULL CHECK (date >= '2000-01-01Z' AND date < '2101-01-01Z'),
  rate_id     bigint,
  cost_rate_id bigint,
  identifier_id bigint,
  record_index integer NOT NULL,
  feed_id     integer NOT NULL,
  profile_version_id integer NOT NULL,
  primary_data_row integer,
  part        smallint NOT NULL,
  generation  smallint NOT NULL,
  kind        smallint NOT NULL CHECK (kind IN (0, 1)),
  flags       smallint NOT NULL,
  value       numeric NOT NULL CHECK (value <> 'NaN'),
  quantity    numeric CHECK (quantity <> 'NaN'),
  unit_price  numeric CHECK (unit_price <> 'NaN'),
  amount      numeric CHECK (amount <> 'NaN'),
  currency    text,
  time_zone   text NOT NULL,
  usage_key   text COLLATE "C",
  identifier_type text,
  originating_identifier text,
  terminating_identifier text,
  usage_identifier text,
  usage_class text,
  usage_class_type text,
  -- 'o' originatingIdentifier, 't' terminatingIdentifier, else the field's name
  resolved_field text,
  account_id  text COLLATE "C",
  service_id  text COLLATE "C",
  extensions  jsonb,
  cost_quantity numeric,
  cost_unit_price numeric,
  cost_amount numeric,
  cost_currency text,
  PRIMARY KEY (import_id, record_index, part, generation, kind)
) PARTITION BY RANGE (import_id);
CREATE INDEX usage_account ON usage (account_id, date);
CREATE INDEX usage_date ON usage USING brin (date);
CREATE INDEX usage_posting ON usage USING brin (posting_id);
-- Only of imports whose records did not stay as their own run left them: empty until something is corrected.
CREATE INDEX usage_corrected ON usage (import_id) WHERE kind = 1 OR produced_by <> import_id;

CREATE TABLE exception (
  import_id   bigint NOT NULL,
  record_index integer NOT NULL,
  -- the import that gave this exception: the origin's own, or a reprocessing
  produced_by bigint NOT NULL,
  feed_id     integer NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  stage       text NOT NULL CHECK (stage IN ('decode','mediate','resolve','rate','store')),
  step        text,
  code        text NOT NULL,
  field       text,
  message     text NOT NULL,
  details     text,
  missing_kind text,
  missing_type text,
  missing_value text,
  fingerprint bytea NOT NULL,
  usage_key   text COLLATE "C",
  -- JSON texts: what was sent, and the usage fields as far as they came
  raw         text NOT NULL,
  record      text,
  PRIMARY KEY (import_id, record_index)
) PARTITION BY RANGE (import_id);
CREATE INDEX exception_of_feed ON exception (feed_id, import_id, record_index);

-- An exception without a row here is open and has never been revised.
CREATE TABLE exception_state (
  import_id   bigint NOT NULL,
  record_index integer NOT NULL,
  status      text NOT NULL CHECK (status IN ('open','reprocessed','superseded','discarded')),
  revision    integer NOT NULL DEFAULT 0,
  resolved_by bigint,
  PRIMARY KEY (import_id, record_index)
);
`;

/** Facts are append-only, kept so by the database; they leave by whole partitions only. */
const GUARDS = `
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, lower(TG_OP) USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON import_body FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON usage FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON exception FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reference_change FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON import_body FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON usage FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON exception FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The verdicts of a finished chunk are facts too.
CREATE TRIGGER finished BEFORE UPDATE OR DELETE ON chunk FOR EACH ROW WHEN (OLD.state = 1) EXECUTE FUNCTION refuse_change();

-- So are the counts of an import that has ended.
CREATE TRIGGER ended BEFORE UPDATE ON import FOR EACH ROW
  WHEN (OLD.status <> 'running'
    AND (OLD.status, OLD.total, OLD.imported, OLD.exception, OLD.skipped, OLD.duplicate, OLD.usage_count)
      IS DISTINCT FROM
        (NEW.status, NEW.total, NEW.imported, NEW.exception, NEW.skipped, NEW.duplicate, NEW.usage_count))
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE DELETE ON import FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Reference rows may only be closed, once.
CREATE FUNCTION refuse_unless_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.closed_version IS NULL AND NEW.closed_version IS NOT NULL
     AND to_jsonb(NEW) - 'closed_version' = to_jsonb(OLD) - 'closed_version' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% rows are closed by a version, never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER versioned BEFORE UPDATE OR DELETE ON identifier FOR EACH ROW EXECUTE FUNCTION refuse_unless_closing();
CREATE TRIGGER versioned BEFORE UPDATE OR DELETE ON rate FOR EACH ROW EXECUTE FUNCTION refuse_unless_closing();

-- A published profile version is immutable but for its status.
CREATE FUNCTION refuse_published_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' AND NEW.status <> 'draft' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a published profile version is immutable' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER published BEFORE UPDATE OR DELETE ON profile_version FOR EACH ROW
  WHEN (OLD.status <> 'draft') EXECUTE FUNCTION refuse_published_change();
`;

/**
 * Block n of import ids is [n * 2^32, (n + 1) * 2^32): a new block starts a new partition of every
 * table of facts, and old blocks leave whole.
 */
const PARTITIONS = `
CREATE FUNCTION open_partition_block(n integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['import_body', 'usage', 'exception'] LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
      parent || '_' || n, parent, n::bigint << 32, (n + 1)::bigint << 32);
  END LOOP;
END $$;
SELECT open_partition_block(0);
DO $$ BEGIN
  FOR i IN 0..7 LOOP
    EXECUTE format('CREATE TABLE key_cell_%s PARTITION OF key_cell FOR VALUES WITH (MODULUS 8, REMAINDER %s)', i, i);
  END LOOP;
END $$;
`;
