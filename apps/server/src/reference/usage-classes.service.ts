import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../admin/index.js';
import {
  Conditions,
  DEFAULT_LIMIT,
  type ListValues,
  type Page,
  Problem,
  type ProblemDetail,
  pageOf,
  readCursor,
  toRfc3339,
} from '../common/index.js';
import { PG_POOL, inTransaction } from '../database/index.js';
import { requireNone } from './change-store.js';
import {
  type ClassChange,
  type KeptClass,
  type UsageClass,
  planClasses,
  readUsageClasses,
} from './usage-class.js';
import type { ClassesAnswer, UsageClassView } from './usage-class-view.js';
import type { WrittenRow } from './written-rows.js';

/** Classes as they came, from a request or from a file. */
export interface WrittenClasses {
  readonly rows: readonly WrittenRow[];
  /** What was found wrong on the way here. */
  readonly problems: ProblemDetail[];
}

interface ClassRow {
  readonly id: number;
  readonly name: string;
  readonly unit: string;
  readonly tax_category: string | null;
  readonly changed_by: string;
  readonly updated_at: string;
}

const LIST = 'usage-classes';

/** What usage is counted in, by its class. */
@Injectable()
export class UsageClassesService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly audit: Audit,
  ) {}

  /**
   * Brings classes in, whole or not at all.
   * @param isLeftAlone of a class that is there and said otherwise: it stays as it is
   * @throws Problem 422 `invalid_usage_classes` with every problem and its row; 409 `unit_fixed`
   */
  async upsert(
    by: ChangedBy,
    { rows, problems }: WrittenClasses,
    isLeftAlone: (kept: KeptClass, said: UsageClass) => boolean = () => false,
  ): Promise<ClassesAnswer> {
    const incoming = readUsageClasses(rows, problems);
    requireNone('invalid_usage_classes', problems);
    return inTransaction(this.pool, async (client) => {
      await client.query('LOCK TABLE usage_class IN SHARE ROW EXCLUSIVE MODE');
      const kept = await keptClasses(
        client,
        incoming.map(({ name }) => name),
      );
      const taken = incoming.filter((said) => {
        const present = kept.get(said.name);
        return !present || !isLeftAlone(present, said);
      });
      const change = planClasses(kept, taken);
      if (change.refused.length) throw unitFixed(change.refused);
      await this.write(client, by, change, kept);
      const { created, changed, unchanged } = change;
      return { created: created.length, changed: changed.length, unchanged };
    });
  }

  async list({ limit = DEFAULT_LIMIT, cursor }: ListValues): Promise<Page<UsageClassView>> {
    const [before] = readCursor(LIST, ['integer'], cursor) ?? [];
    const where = new Conditions().compare('id <', before);
    const { rows } = await this.pool.query<ClassRow>(
      `SELECT * FROM usage_class ${where} ORDER BY id DESC LIMIT ${limit + 1}`,
      where.values,
    );
    const toView = (row: ClassRow): UsageClassView => ({
      ...toClass(row),
      updatedAt: toRfc3339(row.updated_at),
    });
    return pageOf(LIST, rows, limit, toView, (row) => [row.id]);
  }

  private async write(
    client: pg.PoolClient,
    by: ChangedBy,
    { created, changed }: ClassChange,
    kept: ReadonlyMap<string, KeptClass>,
  ): Promise<void> {
    const rows = [...created, ...changed];
    if (rows.length === 0) return;
    const { actor } = by;
    await client.query(
      `INSERT INTO usage_class (name, unit, tax_category, changed_by)
       SELECT c.name, c.unit, c.tax_category, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS c(name, unit, tax_category)
       ON CONFLICT (name) DO UPDATE SET tax_category = EXCLUDED.tax_category, changed_by = EXCLUDED.changed_by, updated_at = now()`,
      [
        rows.map(({ name }) => name),
        rows.map(({ unit }) => unit),
        rows.map(({ taxCategory }) => taxCategory),
        typeof actor === 'string' ? actor : actor.name,
      ],
    );
    const shown = ({ name, unit, taxCategory }: UsageClass) => ({ name, unit, taxCategory });
    await this.audit.record(client, by, {
      action: 'usage-classes.changed',
      subject: 'usage-classes',
      before: { usageClasses: changed.map(({ name }) => shown(kept.get(name)!)) },
      after: { usageClasses: rows.map(shown) },
    });
  }
}

async function keptClasses(
  client: pg.PoolClient,
  names: readonly string[],
): Promise<ReadonlyMap<string, KeptClass>> {
  const { rows } = await client.query<ClassRow>('SELECT * FROM usage_class WHERE name = ANY($1)', [names]);
  return new Map(rows.map((row) => [row.name, { ...toClass(row), changedBy: row.changed_by }]));
}

const toClass = ({ name, unit, tax_category: taxCategory }: ClassRow): UsageClass => ({
  name,
  unit,
  taxCategory,
});

function unitFixed(refused: readonly ProblemDetail[]): Problem {
  const detail =
    'A class that has a unit keeps it, so that no history is read in another; nothing was stored, see errors.';
  return new Problem(409, 'unit_fixed', detail, { errors: refused });
}
