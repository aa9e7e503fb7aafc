/** An import on its way into the database. */
export interface NewImport {
  /** UUIDv7. */
  readonly trackingId: string;
  readonly feedId: number;
  /** Row id of the key it came with. */
  readonly keyId: number;
  readonly source: string | null;
  /** Records in the body. */
  readonly total: number;
  readonly contentType: string;
  /** Bytes of the body when decompressed. */
  readonly rawBytes: number;
  readonly hasExactNumbers: boolean;
  /** Of the decompressed body. */
  readonly sha256: Buffer;
  /** gzip. */
  readonly body: Buffer;
  readonly idempotency: IdempotencyClaim | null;
}

export interface IdempotencyClaim {
  readonly key: string;
  /** Of media type (with the attributes of an event that came as headers) and decompressed body. */
  readonly sha256: Buffer;
}

/** Records in one chunk. */
const CHUNK_RECORDS = 1000;
const KEY_LIFETIME = '25 hours';

/**
 * Stores imports whole: the row, the body, the chunks, the idempotency key, pinned to the profile
 * version published now. An import whose feed is gone or disabled, whose profile is not published, or
 * whose idempotency key is held stores nothing; the tracking ids that come back are those stored.
 * A key that another transaction is claiming at the moment is not waited for.
 */
const TEXT = `
WITH sent AS (
  SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::integer[], $6::text[], $7::integer[],
    $8::boolean[], $9::bytea[], $10::integer[], $11::integer[], $12::text[], $13::bytea[])
  AS s(tracking_id, feed_id, key_id, source, total, content_type, raw_bytes,
    exact, sha256, body_at, body_bytes, idempotency_key, idempotency_sha256)
), accepted AS MATERIALIZED (
  SELECT s.*, p.published_version_id AS version_id, next_import_id(f.block_id) AS id
  FROM sent s JOIN feed f ON f.id = s.feed_id JOIN profile p ON p.id = f.profile_id
  WHERE f.enabled AND p.published_version_id IS NOT NULL
    AND (s.idempotency_key IS NULL OR pg_try_advisory_xact_lock(s.feed_id, hashtext(s.idempotency_key)))
), claimed AS (
  INSERT INTO idempotency AS held (feed_id, key, sha256, import_id, expires_at)
  SELECT feed_id, idempotency_key, idempotency_sha256, id, now() + interval '${KEY_LIFETIME}'
  FROM accepted WHERE idempotency_key IS NOT NULL
  ON CONFLICT (feed_id, key) DO UPDATE
    SET sha256 = excluded.sha256, import_id = excluded.import_id, expires_at = excluded.expires_at
    WHERE held.expires_at < now()
  RETURNING import_id
), stored AS (
  INSERT INTO import (id, tracking_id, feed_id, profile_version_id, key_id, source, total)
  SELECT id, tracking_id, feed_id, version_id, key_id, source, total FROM accepted
  WHERE idempotency_key IS NULL OR id IN (SELECT import_id FROM claimed)
  RETURNING id, tracking_id
), bodies AS (
  INSERT INTO import_body (import_id, content_type, raw_bytes, has_exact_numbers, sha256, body)
  SELECT id, content_type, raw_bytes, exact, sha256, substring($14::bytea FROM body_at FOR body_bytes)
  FROM accepted JOIN stored USING (id)
), chunks AS (
  INSERT INTO chunk (import_id, feed_id, profile_version_id, first_index, total)
  SELECT id, feed_id, version_id, first, least(${CHUNK_RECORDS}, total - first)
  FROM accepted JOIN stored USING (id), generate_series(0, total - 1, ${CHUNK_RECORDS}) first
)
SELECT tracking_id FROM stored`;

/** The statement for some imports. Bodies go as one value: a `bytea[]` would travel as hexadecimal text. */
export function toStatement(imports: readonly NewImport[]): {
  name: string;
  text: string;
  values: unknown[];
} {
  let end = 1;
  const starts = imports.map((i) => (end += i.body.length) - i.body.length);
  const values = [
    imports.map((i) => i.trackingId),
    imports.map((i) => i.feedId),
    imports.map((i) => i.keyId),
    imports.map((i) => i.source),
    imports.map((i) => i.total),
    imports.map((i) => i.contentType),
    imports.map((i) => i.rawBytes),
    imports.map((i) => i.hasExactNumbers),
    imports.map((i) => i.sha256),
    starts,
    imports.map((i) => i.body.length),
    imports.map((i) => i.idempotency?.key ?? null),
    imports.map((i) => i.idempotency?.sha256 ?? null),
    imports.length === 1 ? imports[0]!.body : Buffer.concat(imports.map((i) => i.body)),
  ];
  return { name: 'accept', text: TEXT, values };
}
