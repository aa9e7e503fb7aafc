import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../admin/index.js';
import { Problem, type ProblemDetail } from '../common/index.js';
import { PG_POOL, inTransaction } from '../database/index.js';
import { auditedRows } from './audited-rows.js';
import type { ChangeAnswer } from './change-answer.js';
import { NO_CANDIDATES, candidatesOf } from './healing.js';
import type { RowChange } from './versioned-rows.js';

/** A change as the store carries it out. */
export interface PlannedChange<Row> {
  readonly kind: 'identifiers' | 'rates' | 'tables';
  /** For the audit, e.g. `rate-plan/retail`. */
  readonly subject: string;
  /** Further facts of the change, e.g. the plan. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly rows: RowChange<Row>;
  /** What is said of all rows, as it was and as it becomes: for the audit. */
  readonly head?: { readonly before: object | null; readonly after: object };
  /** Something beside the rows has changed too. */
  readonly isMore?: boolean;
  /** Writes the change under its version. */
  write(client: pg.PoolClient, version: number): Promise<void>;
}

/**
 * Changes reference data: one change at a time over all processes, so that version numbers are in commit order and
 * no two changes can overlap each other unseen.
 */
@Injectable()
export class ChangeStore {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly audit: Audit,
  ) {}

  /**
   * @param plan says, by what is live now, what is to be done; nothing is written where it finds problems
   * @throws Problem 422 `code` with every problem
   */
  async change<Row>(
    by: ChangedBy,
    code: string,
    plan: (client: pg.PoolClient, problems: ProblemDetail[]) => Promise<PlannedChange<Row>>,
  ): Promise<ChangeAnswer> {
    const { change, ...answer } = await inTransaction(this.pool, async (client) => {
      await client.query('SELECT current FROM reference_version FOR UPDATE');
      const problems: ProblemDetail[] = [];
      const change = await plan(client, problems);
      requireNone(code, problems);
      const { created, changed, unchanged, closed } = change.rows;
      const counts = { created, changed, unchanged, closed };
      if (created + changed + closed === 0 && !change.isMore) return { change: null, ...counts };
      const version = await takeVersion(client);
      await change.write(client, version);
      const { actor } = by;
      await client.query(
        'INSERT INTO reference_change (version, actor, kind, summary) VALUES ($1, $2, $3, $4)',
        [
          version,
          typeof actor === 'string' ? actor : actor.name,
          change.kind,
          JSON.stringify({ ...change.facts, ...counts }),
        ],
      );
      await this.audit.record(client, by, {
        action: `${change.kind}.changed`,
        subject: change.subject,
        ...audited(change, { changeId: String(version), ...change.facts, ...counts }),
      });
      return { change: { version, kind: change.kind }, ...counts };
    });
    const changeId = change && String(change.version);
    const feeds = typeof by.actor === 'string' ? null : (by.actor.feeds ?? null);
    return {
      changeId,
      ...answer,
      heals: change ? await candidatesOf(this.pool, change, feeds) : NO_CANDIDATES,
    };
  }
}

function audited({ rows, head }: PlannedChange<unknown>, facts: object) {
  const { before, after, ...more } = auditedRows(rows.steps);
  const was = head?.before || before ? { ...head?.before, ...(before && { rows: before }) } : null;
  return { before: was, after: { ...facts, ...head?.after, rows: after, ...more } };
}

/** @throws Problem 422 where there are problems */
export function requireNone(code: string, problems: readonly ProblemDetail[]): void {
  if (problems.length === 0) return;
  const detail = `${problems.length === 1 ? 'One problem' : `${problems.length} problems`}; nothing was stored, see errors.`;
  throw new Problem(422, code, detail, { errors: problems });
}

async function takeVersion(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ current: number }>(
    'UPDATE reference_version SET current = current + 1 RETURNING current',
  );
  return rows[0]!.current;
}
