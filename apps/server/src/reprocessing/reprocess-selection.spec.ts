import type { ProblemDetail } from '../common/index.js';
import { type ReprocessSelection, readReprocessSelection } from './reprocess-selection.js';

const TRACKING_ID = '01890000-0000-7000-8000-00000000000a';

function read(value: unknown): { selection: ReprocessSelection | null; pointers: string[] } {
  const problems: ProblemDetail[] = [];
  const selection = readReprocessSelection(value, problems);
  return { selection, pointers: problems.map(({ pointer }) => pointer) };
}

describe('what is reprocessed', () => {
  it.each([
    [{ filter: { orphanedBy: TRACKING_ID.toUpperCase() } }, { by: 'orphanedBy', trackingId: TRACKING_ID }],
    [{ filter: { code: 'rate_not_found' } }, { by: 'filter', filter: { code: 'rate_not_found' } }],
    [{ healedBy: '7' }, { by: 'healedBy', changeId: '7' }],
  ])('is read of %j', (value, selection) => {
    expect(read(value)).toEqual({ selection, pointers: [] });
  });

  it.each([
    [{ filter: { orphanedBy: 'x' } }, ['/selection/filter/orphanedBy']],
    [{ filter: { orphanedBy: [TRACKING_ID] } }, ['/selection/filter/orphanedBy']],
    [{ filter: { orphanedBy: TRACKING_ID, feed: 'f' } }, ['/selection/filter/feed']],
    [{ filter: { orphanedBy: TRACKING_ID }, healedBy: '7' }, ['/selection/healedBy']],
    [{ filter: { orphaned: TRACKING_ID } }, ['/selection/filter/orphaned']],
    [{ filter: [] }, ['/selection/filter']],
    [null, ['/selection']],
  ])('is not %j', (value, pointers) => {
    expect(read(value)).toEqual({ selection: null, pointers });
  });
});
