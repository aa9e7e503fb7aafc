-- The limit that the benchmark measures against: COPY of finished rows into these two tables. They are fixed: they
-- do not follow the product's schema, so that figures of different releases can be compared.

DROP TABLE IF EXISTS limit_ledger, limit_key;

-- The usage columns of the HTTP API.
CREATE TABLE limit_ledger (
  import_id              bigint NOT NULL,
  record_index           bigint NOT NULL,
  part                   integer NOT NULL,
  produced_by            bigint NOT NULL,
  feed_id                integer NOT NULL,
  profile_version_id     integer NOT NULL,
  kind                   text NOT NULL,
  reverses               text,
  posted_at              timestamptz NOT NULL,
  late                   boolean NOT NULL,
  date                   timestamptz NOT NULL,
  time_zone              text NOT NULL,
  local_date             date NOT NULL,
  usage_key              text,
  identifier_type        text,
  originating_identifier text,
  terminating_identifier text,
  usage_identifier       text,
  value                  numeric NOT NULL,
  usage_class            text,
  usage_class_type       text,
  inbound                boolean NOT NULL,
  reverse_rating         boolean NOT NULL,
  primary_data_row       integer,
  extensions             jsonb,
  resolved_field         text,
  resolved_type          text,
  resolved_value         text,
  account_id             text,
  service_id             text,
  rating_source          text,
  rating_plan            text,
  rating_rate_id         bigint,
  rating_quantity        numeric,
  rating_unit_price      numeric,
  rating_amount          numeric,
  rating_currency        text,
  cost_source            text,
  cost_plan              text,
  cost_rate_id           bigint,
  cost_quantity          numeric,
  cost_unit_price        numeric,
  cost_amount            numeric,
  cost_currency          text,
  PRIMARY KEY (import_id, record_index)
);
CREATE INDEX limit_ledger_account ON limit_ledger (account_id, date);

CREATE TABLE limit_key (
  scope_id     integer NOT NULL,
  key          text COLLATE "C" NOT NULL,
  import_id    bigint NOT NULL,
  record_index bigint NOT NULL,
  PRIMARY KEY (scope_id, key)
);
