import type pg from 'pg';
import { Problem, type UsageRef, toUsageId } from '../common/index.js';
import { amendWithoutUsage, periodClosed, usageKeyChanged, usageNotLive } from './refusals.js';
import type { CorrectedUsage } from './reprocess-view.js';

interface OutcomeRow {
  letter: string | null;
  reason: string | null;
  /** Part, generation and kind of each entry. */
  entries: [part: number, generation: number, kind: number][] | null;
}

const OUTCOME = `
SELECT substr(c.verdicts, 1, 1) AS letter, c.details -> 0 ->> 1 AS reason, (
  SELECT json_agg(json_build_array(u.part, u.generation, u.kind) ORDER BY u.generation, u.part) FROM usage u
  WHERE u.import_id = $2 AND u.record_index = $3 AND u.produced_by = c.import_id
) AS entries
FROM chunk c WHERE c.import_id = $1`;

const VERDICTS: Readonly<Record<string, string>> = {
  i: 'imported',
  e: 'exception',
  s: 'skipped',
  d: 'duplicate',
};

/**
 * What a correction of one record came to; null while it is under way.
 * @throws Problem 409, 422 where the record had changed meanwhile, so that nothing was done
 */
export async function readCorrectedUsage(
  pool: pg.Pool,
  correction: { readonly importId: number; readonly trackingId: string },
  { importId, index }: Pick<UsageRef, 'importId' | 'index'>,
): Promise<CorrectedUsage | null> {
  const { rows } = await pool.query<OutcomeRow>(OUTCOME, [correction.importId, importId, index]);
  const { letter, reason, entries } = rows[0]!;
  if (letter === null) return null;
  if (letter === 's' && reason !== 'unchanged') throw notDone(reason!);
  const idsOf = (wanted: number) =>
    (entries ?? [])
      .filter(([, , kind]) => kind === wanted)
      .map(([part, generation, kind]) =>
        toUsageId({ kind: kind === 1 ? 'reversal' : 'usage', importId, index, part, generation }),
      );
  return {
    trackingId: correction.trackingId,
    verdict: VERDICTS[letter]!,
    reason: letter === 's' ? reason : null,
    reversals: idsOf(1),
    usage: idsOf(0),
  };
}

/** Why a correction of one record has done nothing. */
export function notDone(reason: string): Problem {
  if (reason === 'not_live') return usageNotLive('The usage has been reversed already.');
  if (reason === 'period_closed') return periodClosed(1);
  if (reason === 'key_changed') return usageKeyChanged();
  if (reason === 'rejected') return amendWithoutUsage();
  return new Problem(422, reason, `The record was left as it is: ${reason}.`);
}
