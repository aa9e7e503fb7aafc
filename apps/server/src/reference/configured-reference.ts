import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { ChangedBy } from '../admin/index.js';
import { Problem } from '../common/index.js';
import type { ChangeAnswer } from './change-answer.js';
import { ChangeStore, requireNone } from './change-store.js';
import { NO_CANDIDATES } from './healing.js';
import { liveIdentifiers, writeIdentifiers } from './identifier-rows.js';
import { readIdentifiers } from './identifier.js';
import type { WrittenIdentifiers } from './identifiers.service.js';
import { RatePlansService, type WrittenPlan } from './rate-plans.service.js';
import { TABLE_TOO_LARGE } from './table.js';
import { TablesService, type WrittenTable } from './tables.service.js';
import {
  type IncomingRow,
  type LiveRow,
  identityOf,
  overlapsInGroups,
  planUpsert,
} from './versioned-rows.js';
import type { ClassesAnswer } from './usage-class-view.js';
import { UsageClassesService, type WrittenClasses } from './usage-classes.service.js';

/** What applying a file changed, and what it left alone because somebody else has changed it since. */
export interface AppliedReference {
  readonly answer: ChangeAnswer;
  readonly drift: readonly string[];
}

const CHANGED_BY_OTHERS = `SELECT 1 FROM reference_change WHERE actor <> 'config'`;
const TABLE_CHANGED_BY_OTHERS = `${CHANGED_BY_OTHERS} AND kind = 'tables' AND summary->>'table' = $1 LIMIT 1`;
const PLAN_CHANGED_BY_OTHERS = `${CHANGED_BY_OTHERS} AND kind = 'rates' AND summary->>'plan' = $1 LIMIT 1`;

const NOTHING: ChangeAnswer = {
  changeId: null,
  created: 0,
  changed: 0,
  unchanged: 0,
  closed: 0,
  heals: NO_CANDIDATES,
};

/** Brings reference data to what the configuration folder says, unless somebody has changed it since. */
@Injectable()
export class ConfiguredReference {
  constructor(
    private readonly store: ChangeStore,
    private readonly plans: RatePlansService,
    private readonly tables: TablesService,
    private readonly classes: UsageClassesService,
  ) {}

  /** @throws Problem 422 `invalid_usage_classes`, 409 `unit_fixed` */
  async usageClasses(
    by: ChangedBy,
    written: WrittenClasses,
  ): Promise<{ readonly answer: ClassesAnswer; readonly drift: readonly string[] }> {
    const drift: string[] = [];
    const answer = await this.classes.upsert(by, written, (kept, said) => {
      if (kept.changedBy === 'config') return false;
      if (kept.unit !== said.unit || kept.taxCategory !== said.taxCategory) drift.push(kept.name);
      return true;
    });
    return { answer, drift };
  }

  /** @throws Problem 422 `invalid_identifiers` */
  async identifiers(
    by: ChangedBy,
    { rows, timeZone, problems }: WrittenIdentifiers,
  ): Promise<AppliedReference> {
    const incoming = readIdentifiers(rows, timeZone, problems);
    requireNone('invalid_identifiers', problems);
    let drift: readonly string[] = [];
    const answer = await this.store.change(by, 'invalid_identifiers', async (client, found) => {
      const values = [...new Set(incoming.map(({ value }) => value))];
      const live = await liveIdentifiers(client, values);
      const ours = withoutOthers({ live, incoming }, await identifiersOfOthers(client, values));
      drift = ours.drifted.map(({ pointer, type, value }) => `${pointer} ${type} ${value}`);
      const change = planUpsert(ours.live, ours.incoming, overlapsInGroups, found);
      return {
        kind: 'identifiers' as const,
        subject: 'identifiers',
        facts: {},
        rows: change,
        write: (writer: pg.PoolClient, version: number) => writeIdentifiers(writer, change, version),
      };
    });
    return { answer, drift };
  }

  /**
   * What others have written may leave no room: then nothing of the file is brought in.
   * @throws Problem 422 `invalid_table` and, of the file alone, `table_too_large`, 409 `key_fixed`
   */
  async table(by: ChangedBy, name: string, table: WrittenTable): Promise<AppliedReference> {
    const origin = await this.tables.origin(name);
    const key = table.key ?? table.columns?.slice(0, 1) ?? origin?.key;
    if (origin && origin.actor !== 'config' && !isDeepStrictEqual(key, origin.key))
      return { answer: NOTHING, drift: [`/key ${[key].flat().join(', ')}`] };
    const drift: string[] = [];
    let isOthersToo = false;
    const upsert = this.tables.upsert(
      by,
      name,
      { ...table, datesIn: 'UTC' },
      async (client, stored, wanted) => {
        isOthersToo = await isOfOthers(client, TABLE_CHANGED_BY_OTHERS, name);
        const keys = [...new Set(wanted.incoming.map(({ group }) => group))];
        const ours = withoutOthers(wanted, await tableRowsOfOthers(client, stored.id, keys));
        const isZoneLeft = wanted.zone !== stored.time_zone && isOthersToo;
        if (isZoneLeft) drift.push(`/timeZone ${wanted.zone}`);
        drift.push(...ours.drifted.map(({ pointer, label }) => `${pointer} ${label}`));
        return { ...ours, zone: isZoneLeft ? stored.time_zone : wanted.zone };
      },
    );
    return upsert.then(
      (answer) => ({ answer, drift }),
      (error: unknown) => {
        const why = isOthersToo ? noRoom(error) : null;
        if (why === null) throw error;
        return { answer: NOTHING, drift: [`nothing of it: ${why}`] };
      },
    );
  }

  /** @throws Problem 422 `invalid_rate_plan`, 409 `currency_fixed` */
  async ratePlan(by: ChangedBy, name: string, plan: WrittenPlan): Promise<AppliedReference> {
    const drift: string[] = [];
    const answer = await this.plans.upsert(
      by,
      name,
      { ...plan, datesIn: 'UTC' },
      async (client, stored, change) => {
        if (!(await isOfOthers(client, PLAN_CHANGED_BY_OTHERS, name))) return false;
        const currency = plan.currency ?? stored.currency;
        const timeZone = plan.timeZone ?? stored.time_zone;
        if (currency !== stored.currency) drift.push(`/currency ${String(currency)}`);
        if (timeZone !== stored.time_zone) drift.push(`/timeZone ${String(timeZone)}`);
        drift.push(...change.inserts.map(({ pointer, label }) => `${pointer} ${label}`));
        return true;
      },
    );
    return { answer, drift };
  }
}

/**
 * What a file may still change, once the groups that others have changed are left out, and the rows of the file that
 * differ because of that.
 */
function withoutOthers<Live extends LiveRow, Incoming extends IncomingRow>(
  { live, incoming }: { readonly live: readonly Live[]; readonly incoming: readonly Incoming[] },
  others: ReadonlySet<string>,
) {
  const isOurs = ({ group }: { readonly group: string }) => !others.has(group);
  const present = new Map(live.map((row) => [identityOf(row), row]));
  const drifted = incoming.filter((row) => {
    const now = present.get(identityOf(row));
    return !isOurs(row) && (now?.content !== row.content || now.validTo !== row.validTo);
  });
  return { live: live.filter(isOurs), incoming: incoming.filter(isOurs), drifted };
}

/** Rows of a table (as groups of `tableRowRules`) that anybody but the configuration has ever changed. */
async function tableRowsOfOthers(
  client: pg.PoolClient,
  tableId: number,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ key: string }>(
    `SELECT DISTINCT r.key FROM lookup_row r
     JOIN reference_change c ON c.version = r.created_version OR c.version = r.closed_version
     WHERE r.table_id = $1 AND r.key = ANY($2) AND c.actor <> 'config'`,
    [tableId, keys],
  );
  return new Set(rows.map(({ key }) => key));
}

/** Identifiers (as groups of `identifierRules`) that anybody but the configuration has ever changed. */
async function identifiersOfOthers(
  client: pg.PoolClient,
  values: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ type: string; value: string }>(
    `SELECT DISTINCT i.type, i.value FROM identifier i
     JOIN reference_change c ON c.version = i.created_version OR c.version = i.closed_version
     WHERE i.value = ANY($1) AND c.actor <> 'config'`,
    [values],
  );
  return new Set(rows.map(({ type, value }) => `${type}\n${value}`));
}

/** Why a table cannot hold what is to be brought in beside what is there; null for any other failure. */
function noRoom(error: unknown): string | null {
  if (!(error instanceof Problem)) return null;
  if (error.code === TABLE_TOO_LARGE) return error.detail;
  const only = error.errors?.length === 1 ? error.errors[0] : undefined;
  return only?.code === TABLE_TOO_LARGE ? only.message : null;
}

async function isOfOthers(client: pg.PoolClient, changes: string, name: string): Promise<boolean> {
  const { rows } = await client.query(changes, [name]);
  return rows.length > 0;
}
