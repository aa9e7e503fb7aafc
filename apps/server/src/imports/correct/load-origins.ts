import { gunzipSync } from 'node:zlib';
import type { Client } from 'pg';
import type { FeedContext, RecordInput } from 'feedmill/pipeline';
import { parseKeepingNumbers, readElements } from '../envelope/index.js';
import { numberArray } from '../run/copy-text.js';
import { readAcceptance } from '../run/key-cells.js';
import { placeOf } from '../run/live-usage.js';
import { placeColumns } from '../run/posting.js';
import { toInput } from '../run/run-chunk.js';
import type { RecordRef } from '../run/verdict.js';
import type { Operation } from './standing.js';

/** A record as it was accepted, with what it was changed to since. */
export interface Origin {
  readonly ref: RecordRef;
  readonly acceptedAt: string;
  /** Null where what was sent has left by retention. */
  readonly input: (RecordInput & { readonly acceptedAt: string }) | null;
  /** What was sent, which exceptions show. */
  readonly sent: unknown;
}

/** What a record is changed to for a trial, over what is stored. */
export interface TrialRevision extends RecordRef {
  /** JSON text. */
  readonly raw: string;
}

/** The records of places `[import id, first index, last index, ...]`, in their order. */
export function refsOf(places: readonly number[]): RecordRef[] {
  const refs: RecordRef[] = [];
  for (let i = 0; i < places.length; i += 3) {
    for (let index = places[i + 1]!; index <= places[i + 2]!; index++)
      refs.push({ importId: places[i]!, index });
  }
  return refs;
}

/**
 * The records that a correction decides again, numbered from `firstIndex` on as its own. Exceptions have what was sent
 * beside them; all others are taken out of the bodies of their imports.
 */
export async function loadOrigins(
  client: Client,
  operation: Operation,
  refs: readonly RecordRef[],
  feed: FeedContext,
  firstIndex: number,
  trials: readonly TrialRevision[] = [],
): Promise<Origin[]> {
  const acceptedAt = await readAcceptance(client, [...new Set(refs.map((r) => r.importId))]);
  if (operation === 'revert' || operation === 'void') {
    return refs.map((ref) => ({ ref, acceptedAt: acceptedAt.get(ref.importId)!, input: null, sent: null }));
  }
  const isOfExceptions = operation === 'exceptions' || operation === 'replace';
  const sent = isOfExceptions ? new Map<string, Sent>() : await readBodies(client, refs, feed);
  const missing = refs.filter((ref) => !sent.has(placeOf(ref)));
  for (const [place, raw] of await readExceptionRaws(client, missing)) sent.set(place, raw);
  const revised = await readRevisions(client, refs);
  for (const trial of trials) revised.set(placeOf(trial), trial.raw);
  return refs.map((ref, position) => {
    const place = placeOf(ref);
    const own = sent.get(place);
    const moment = acceptedAt.get(ref.importId)!;
    const revision = revised.get(place);
    const index = firstIndex + position;
    let input: Origin['input'] = null;
    if (revision !== undefined)
      input = { ...toInput(parseKeepingNumbers(revision), index, moment), ...(own && { sent: own.raw }) };
    else if (own)
      input = { ...toInput(own.raw, index, moment), ...(own.malformed && { malformed: own.malformed }) };
    return { ref, acceptedAt: moment, input, sent: own?.raw ?? null };
  });
}

interface Sent {
  readonly raw: unknown;
  /** Why it could not be taken out of its body. */
  readonly malformed?: string;
}

interface BodyRow {
  import_id: number;
  content_type: string;
  has_exact_numbers: boolean;
  body: Buffer;
}

/** Bodies that are read together, in bytes when decompressed: of records that are wide apart, many lines are read for few. */
const MAX_BYTES = 16 * 1024 * 1024;

async function readBodies(
  client: Client,
  refs: readonly RecordRef[],
  feed: FeedContext,
): Promise<Map<string, Sent>> {
  const wanted = new Map<number, number[]>();
  for (const { importId, index } of refs) {
    const indexes = wanted.get(importId);
    if (indexes) indexes.push(index);
    else wanted.set(importId, [index]);
  }
  const sent = new Map<string, Sent>();
  for (const importIds of await bodiesByBytes(client, [...wanted.keys()])) {
    const { rows } = await client.query<BodyRow>({
      name: 'load-origin-bodies',
      text: `SELECT b.import_id, b.content_type, b.has_exact_numbers, b.body
        FROM unnest($1::bigint[]) AS c(import_id)
        CROSS JOIN LATERAL (SELECT * FROM import_body WHERE import_id = c.import_id AND part = 0) b`,
      values: [numberArray(importIds)],
    });
    for (const row of rows) {
      const text = gunzipSync(row.body).toString('utf8');
      const elements = readElements(row.content_type, text, feed, row.has_exact_numbers);
      for (const index of wanted.get(row.import_id)!) {
        sent.set(placeOf({ importId: row.import_id, index }), { raw: elements[index] });
      }
    }
  }
  return sent;
}

/** Imports in groups whose bodies are not too much at once; one alone may be. */
async function bodiesByBytes(client: Client, importIds: readonly number[]): Promise<number[][]> {
  const { rows } = await client.query<{ import_id: number; raw_bytes: number }>({
    name: 'weigh-origin-bodies',
    text: `SELECT b.import_id, b.raw_bytes FROM unnest($1::bigint[]) AS c(import_id)
      CROSS JOIN LATERAL (SELECT import_id, raw_bytes FROM import_body WHERE import_id = c.import_id AND part = 0) b`,
    values: [numberArray(importIds)],
  });
  const groups: number[][] = [];
  let bytes = Infinity;
  for (const { import_id: importId, raw_bytes: own } of rows) {
    if (bytes + own > MAX_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(importId);
    bytes += own;
  }
  return groups;
}

interface RawRow {
  import_id: number;
  record_index: number;
  raw: string;
  malformed: string | null;
}

async function readExceptionRaws(client: Client, refs: readonly RecordRef[]): Promise<Map<string, Sent>> {
  if (refs.length === 0) return new Map();
  const { rows } = await client.query<RawRow>({
    name: 'load-exception-raws',
    text: `SELECT e.import_id, e.record_index, e.raw,
        CASE WHEN e.code = 'malformed_row' AND e.stage = 'decode' AND e.step IS NULL THEN e.message END AS malformed
      FROM unnest($1::bigint[], $2::int[]) AS r(import_id, record_index)
      CROSS JOIN LATERAL (
        SELECT * FROM exception WHERE import_id = r.import_id AND record_index = r.record_index ORDER BY attempt LIMIT 1
      ) e`,
    values: [numberArray(refs.map((r) => r.importId)), numberArray(refs.map((r) => r.index))],
  });
  return new Map(
    rows.map((row) => [
      placeOf({ importId: row.import_id, index: row.record_index }),
      { raw: parseKeepingNumbers(row.raw), ...(row.malformed !== null && { malformed: row.malformed }) },
    ]),
  );
}

/** The last revisions of records that have any: JSON texts by place. */
async function readRevisions(client: Client, refs: readonly RecordRef[]): Promise<Map<string, string>> {
  const { rows } = await client.query<{ import_id: number; record_index: number; raw: string }>({
    name: 'load-revisions',
    text: `SELECT v.import_id, v.record_index, v.raw
      FROM unnest($1::bigint[], $2::int[], $3::int[]) AS r(import_id, first, last)
      CROSS JOIN LATERAL (
        SELECT DISTINCT ON (record_index) * FROM record_revision
        WHERE import_id = r.import_id AND record_index >= r.first AND record_index <= r.last
        ORDER BY record_index, revision DESC
      ) v`,
    values: placeColumns(refs, 1),
  });
  return new Map(rows.map((row) => [placeOf({ importId: row.import_id, index: row.record_index }), row.raw]));
}
