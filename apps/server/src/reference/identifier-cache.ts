import type { Identifier } from 'feedmill/pipeline';
import { microsOf } from './moments.js';
import type { Query } from './query.js';
import { RecentValues } from './recent-values.js';

/** Values remembered at least; up to twice as many. */
const MIN_REMEMBERED = 100_000;
/** A change of more values than this empties the memory: cheaper than naming them all. */
const MAX_NAMED_CHANGES = 20_000;
/** No identifier is longer (see the table's CHECK): longer values are never asked for. */
const MAX_VALUE_LENGTH = 1000;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A row with the reference versions it is true for: from `created` to before `closed`. */
interface VersionedIdentifier extends Identifier {
  readonly created: number;
  readonly closed: number;
}

interface IdentifierRow {
  id: number;
  type: string;
  value: string;
  account_id: string;
  service_id: string;
  attributes: Record<string, string>;
  valid_from: number | null;
  valid_to: number | null;
  created: number;
  closed: number | null;
}

// One index look-up per value, whatever the planner believes of a fresh table (OFFSET 0 keeps it from joining).
const LOOK_UP = `
  SELECT i.* FROM unnest($1::text[]) AS asked(value), LATERAL (
    SELECT id, type, value, account_id, service_id, attributes,
           ${microsOf('valid_from')} AS valid_from,
           ${microsOf('valid_to')} AS valid_to,
           created_version AS created, closed_version AS closed
    FROM identifier WHERE value = asked.value OFFSET 0) i
  ORDER BY i.id`;

const CHANGED = `
  SELECT value FROM identifier WHERE created_version > $1 AND created_version <= $2
  UNION SELECT value FROM identifier WHERE closed_version > $1 AND closed_version <= $2
  LIMIT ${MAX_NAMED_CHANGES + 1}`;

/** The rows of values, in all their versions, as they were asked for. Values that are not there are remembered too. */
export class IdentifierCache {
  private readonly values = new RecentValues<readonly VersionedIdentifier[]>(MIN_REMEMBERED);

  /** Forgets what has changed after version `from` up to and with version `to`. */
  async advance(query: Query, from: number, to: number): Promise<void> {
    if (this.values.isEmpty) return;
    const { rows } = await query<{ value: string }>(CHANGED, [from, to]);
    if (rows.length > MAX_NAMED_CHANGES) this.values.clear();
    for (const { value } of rows) this.values.delete(value);
  }

  /** All rows of each value as of a reference version; one query for those not remembered. */
  async get(
    query: Query,
    values: ReadonlySet<string>,
    version: number,
  ): Promise<Map<string, readonly Identifier[]>> {
    const found = new Map<string, readonly Identifier[]>();
    const missing: string[] = [];
    for (const value of values) {
      const rows = this.values.get(value);
      if (rows) keep(found, value, rows, version);
      else if (canExist(value)) missing.push(value);
    }
    if (missing.length === 0) return found;
    for (const [value, rows] of await this.load(query, missing)) keep(found, value, rows, version);
    return found;
  }

  private async load(query: Query, values: readonly string[]): Promise<Map<string, VersionedIdentifier[]>> {
    const loaded = new Map<string, VersionedIdentifier[]>(values.map((value) => [value, []]));
    const { rows } = await query<IdentifierRow>(LOOK_UP, [values]);
    for (const row of rows) loaded.get(row.value)!.push(toIdentifier(row));
    this.values.add(loaded);
    return loaded;
  }
}

function keep(
  found: Map<string, readonly Identifier[]>,
  value: string,
  rows: readonly VersionedIdentifier[],
  version: number,
): void {
  const isTrue = ({ created, closed }: VersionedIdentifier) => created <= version && version < closed;
  const known = rows.every(isTrue) ? rows : rows.filter(isTrue);
  if (known.length) found.set(value, known);
}

/** What the database could not even be asked for. */
function canExist(value: string): boolean {
  return (
    value !== '' && value.length <= MAX_VALUE_LENGTH && !value.includes('\0') && !LONE_SURROGATE.test(value)
  );
}

function toIdentifier(row: IdentifierRow): VersionedIdentifier {
  return {
    id: String(row.id),
    type: row.type,
    value: row.value,
    accountId: row.account_id,
    serviceId: row.service_id,
    attributes: row.attributes,
    validFrom: row.valid_from ?? -Infinity,
    validTo: row.valid_to ?? Infinity,
    created: row.created,
    closed: row.closed ?? Infinity,
  };
}
