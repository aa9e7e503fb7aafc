import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { ChangedBy } from '../admin/index.js';
import { type ChangeAnswer, ChangeStore, requireNone } from './change-store.js';
import { liveIdentifiers, writeIdentifiers } from './identifier-rows.js';
import { readIdentifiers } from './identifier.js';
import type { WrittenIdentifiers } from './identifiers.service.js';
import { RatePlansService, type WrittenPlan } from './rate-plans.service.js';
import { identityOf, overlapsInGroups, planUpsert } from './versioned-rows.js';

/** What applying a file changed, and what it left alone because somebody else has changed it since. */
export interface AppliedReference {
  readonly answer: ChangeAnswer;
  readonly drift: readonly string[];
}

/** Brings reference data to what the configuration folder says, unless somebody has changed it since. */
@Injectable()
export class ConfiguredReference {
  constructor(
    private readonly store: ChangeStore,
    private readonly plans: RatePlansService,
  ) {}

  /** @throws Problem 422 `invalid_identifiers` */
  async identifiers(
    by: ChangedBy,
    { rows, timeZone, problems }: WrittenIdentifiers,
  ): Promise<AppliedReference> {
    const incoming = readIdentifiers(rows, timeZone, problems);
    requireNone('invalid_identifiers', problems);
    const drift: string[] = [];
    const answer = await this.store.change(by, 'invalid_identifiers', async (client, found) => {
      const values = [...new Set(incoming.map(({ value }) => value))];
      const live = await liveIdentifiers(client, values);
      const others = await changedByOthers(client, values);
      const isOthers = ({ group }: { readonly group: string }) => others.has(group);
      const present = new Map(live.map((row) => [identityOf(row), row]));
      for (const row of incoming.filter(isOthers)) {
        const now = present.get(identityOf(row));
        if (now?.content === row.content && now.validTo === row.validTo) continue;
        drift.push(`${row.pointer} ${row.type} ${row.value}`);
      }
      const ours = incoming.filter((row) => !isOthers(row));
      const change = planUpsert(
        live.filter((row) => !isOthers(row)),
        ours,
        overlapsInGroups,
        found,
      );
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

  /** @throws Problem 422 `invalid_rate_plan`, 409 `currency_fixed` */
  async ratePlan(by: ChangedBy, name: string, plan: WrittenPlan): Promise<AppliedReference> {
    let drift: readonly string[] = [];
    const answer = await this.plans.upsert(by, name, plan, async (client, change) => {
      if (!(await isPlanOfOthers(client, name))) return false;
      drift = change.inserts.map(({ pointer, label }) => `${pointer} ${label}`);
      return true;
    });
    return { answer, drift };
  }
}

/** Identifiers (as groups of `identifierRules`) that anybody but the configuration has ever changed. */
async function changedByOthers(
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

async function isPlanOfOthers(client: pg.PoolClient, name: string): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT 1 FROM reference_change WHERE kind = 'rates' AND summary->>'plan' = $1 AND actor <> 'config' LIMIT 1`,
    [name],
  );
  return rows.length > 0;
}
