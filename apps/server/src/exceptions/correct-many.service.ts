import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { Audit, type ChangedBy } from '../admin/index.js';
import type { Caller } from '../auth/index.js';
import { RawJson, toExceptionId } from '../common/index.js';
import { PG_POOL, inTransaction, isUnderCorrection, lockCorrections } from '../database/index.js';
import { PluginsService } from '../plugins/index.js';
import { CorrectManyDto, type CorrectManyView } from './correct-many.dto.js';
import { type Patched, patchAll } from './patches.js';
import { type Selected, selectSelected, sortOut } from './selected.js';
import { readSelectionBody } from './selection-body.js';
import { Selections } from './selections.js';
import { auditedIds, auditedSelection } from './audited.js';
import type { Place } from './state-changes.js';

const MAX_EXCEPTIONS = 10_000;
const SAMPLES = 10;

/** A record that is given a revision: JSON text. */
interface Revised extends Patched {
  readonly result: { readonly raw: string; readonly isChanged: boolean };
}

const LOCK = `
SELECT FROM exception x WHERE (import_id, record_index) IN (SELECT * FROM unnest($1::bigint[], $2::int[]))
ORDER BY import_id, record_index, attempt FOR NO KEY UPDATE`;

/** Those that nobody has corrected, closed or begun to decide again since they were looked at. */
const REVISE = `
INSERT INTO record_revision (import_id, record_index, revision, feed_id, key_id, author, note, raw)
SELECT u.import_id, u.record_index, u.revision + 1, u.feed_id, $6, $7, $8, u.raw
FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::text[])
  AS u(import_id, record_index, revision, feed_id, raw)
LEFT JOIN exception_state t USING (import_id, record_index)
WHERE coalesce(t.status, 'open') = 'open' AND NOT ${isUnderCorrection('u.import_id')} AND NOT EXISTS (
  SELECT FROM record_revision r
  WHERE r.import_id = u.import_id AND r.record_index = u.record_index AND r.revision > u.revision)
RETURNING import_id, record_index`;

/** Corrects many records by one expression. */
@Injectable()
export class CorrectManyService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly selections: Selections,
    private readonly plugins: PluginsService,
    private readonly audit: Audit,
  ) {}

  /**
   * Evaluates first, and writes all revisions in one transaction.
   * @throws Problem 403; 422 `invalid_correction`, `invalid_patch`, `invalid_selection`, `selection_too_large`,
   * `patch_too_slow`, `patch_not_survivable`
   */
  async correct(caller: Caller, by: ChangedBy, body: unknown): Promise<CorrectManyView> {
    const { selection, patch, note, dryRun } = readSelectionBody(CorrectManyDto, body, 'invalid_correction');
    const conditions = await this.selections.conditions(caller, selection);
    const selected = await selectSelected(this.pool, conditions, MAX_EXCEPTIONS);
    const { eligible, ineligible } = sortOut(selected, whyNot);
    const patched = await patchAll(this.pool, eligible, patch, (request) =>
      this.plugins.patchRecords(request),
    );
    const revised = patched.filter(isRevised);
    const view = { matched: selected.length, ...toView(patched, revised), ineligible };
    if (dryRun || revised.length === 0) return view;
    return inTransaction(this.pool, async (client) => {
      const places = await revise(client, caller, revised, note ?? null);
      const { length: changed } = places;
      const late = revised.length - changed;
      const answer = late
        ? { ...view, changed, ineligible: [...ineligible, { reason: 'changed_meanwhile', count: late }] }
        : view;
      const { sample: _, problems: __, ...counts } = answer;
      await this.audit.record(client, by, {
        action: 'exceptions.corrected',
        subject: 'exceptions',
        before: null,
        after: {
          selection: auditedSelection(selection),
          patch,
          note: note ?? null,
          ...counts,
          ...auditedIds(places),
        },
      });
      return answer;
    });
  }
}

function whyNot({ status, is_under_correction: isUnder }: Selected): string | null {
  if (status !== 'open') return 'not_open';
  return isUnder ? 'correction_in_progress' : null;
}

const isRevised = (one: Patched): one is Revised => 'raw' in one.result && one.result.isChanged;

async function revise(
  client: pg.PoolClient,
  { keyId, name }: Caller,
  revised: readonly Revised[],
  note: string | null,
): Promise<Place[]> {
  const places = [
    revised.map(({ exception }) => exception.import_id),
    revised.map(({ exception }) => exception.record_index),
  ];
  await lockCorrections(client, 'shared');
  await client.query(LOCK, places);
  const { rows } = await client.query<Place>(REVISE, [
    ...places,
    revised.map(({ revision }) => revision),
    revised.map(({ exception }) => exception.feed_id),
    revised.map(({ result }) => result.raw),
    keyId,
    name,
    note,
  ]);
  return rows;
}

function toView(
  patched: readonly Patched[],
  revised: readonly Revised[],
): Pick<CorrectManyView, 'changed' | 'unchanged' | 'cannot' | 'problems' | 'sample'> {
  const problems = new Map<string, { message: string; count: number; sample: string }>();
  for (const { exception, result } of patched) {
    if (!('problem' in result)) continue;
    const { problem: message } = result;
    const known = problems.get(message);
    if (known) known.count++;
    else problems.set(message, { message, count: 1, sample: idOf(exception) });
  }
  const cannot = [...problems.values()].reduce((sum, { count }) => sum + count, 0);
  return {
    changed: revised.length,
    unchanged: patched.length - revised.length - cannot,
    cannot,
    problems: [...problems.values()].sort((a, b) => b.count - a.count).slice(0, SAMPLES),
    sample: revised.slice(0, SAMPLES).map(({ exception, before, result }) => ({
      id: idOf(exception),
      before: new RawJson(before),
      after: new RawJson(result.raw),
    })),
  };
}

const idOf = ({ import_id: importId, record_index: index }: Selected): string =>
  toExceptionId({ importId, index });
