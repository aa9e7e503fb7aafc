import type { ProblemDetail } from '../common/index.js';
import { type Selection, readSelection, writeSelection } from './selection.js';

const TRACKING_ID = '01890000-0000-7000-8000-00000000000a';

function read(value: unknown): { selection: Selection | null; problems: [string, string][] } {
  const problems: ProblemDetail[] = [];
  const selection = readSelection(value, '/selection', problems);
  return { selection, problems: problems.map(({ pointer, code }) => [pointer, code]) };
}

describe('readSelection', () => {
  it.each<[object, Selection]>([
    [{ trackingIds: [TRACKING_ID.toUpperCase()] }, { by: 'trackingIds', trackingIds: [TRACKING_ID] }],
    [
      { exceptionIds: ['e17-3', 'e17-3', 'e18-0'] },
      {
        by: 'exceptionIds',
        places: [
          { importId: 17, index: 3 },
          { importId: 18, index: 0 },
        ],
      },
    ],
    [{ healedBy: '12' }, { by: 'healedBy', changeId: '12' }],
    [
      { filter: { feed: 4, code: 'rate_not_found', from: '2026-01-01' } },
      { by: 'filter', filter: { feed: '4', code: 'rate_not_found', from: '2026-01-01T00:00:00Z' } },
    ],
  ])('takes %j', (value, selection) => {
    expect(read(value)).toEqual({ selection, problems: [] });
    expect(read(writeSelection(selection)).selection).toEqual(selection);
  });

  it.each<[unknown, [string, string][]]>([
    [undefined, [['/selection', 'required']]],
    [null, [['/selection', 'invalid_value']]],
    [[], [['/selection', 'invalid_value']]],
    [{}, [['/selection', 'invalid_value']]],
    [{ trackingIds: [TRACKING_ID], healedBy: '1' }, [['/selection', 'invalid_value']]],
    [{ trackingId: TRACKING_ID }, [['/selection/trackingId', 'unknown_key']]],
    [{ __proto__: null, constructor: 1 }, [['/selection/constructor', 'unknown_key']]],
    [{ trackingIds: [] }, [['/selection/trackingIds', 'invalid_value']]],
    [{ trackingIds: 'all' }, [['/selection/trackingIds', 'invalid_value']]],
    [
      { trackingIds: [TRACKING_ID, 'x', 5] },
      [
        ['/selection/trackingIds/1', 'invalid_value'],
        ['/selection/trackingIds/2', 'invalid_value'],
      ],
    ],
    [{ exceptionIds: ['u17-3-0-1'] }, [['/selection/exceptionIds/0', 'invalid_value']]],
    [{ healedBy: 12 }, [['/selection/healedBy', 'invalid_value']]],
    [{ filter: { code: 5 } }, [['/selection/filter/code', 'invalid_value']]],
    [{ healedBy: null }, [['/selection/healedBy', 'invalid_value']]],
    [{ healedBy: '1e3' }, [['/selection/healedBy', 'invalid_value']]],
    [{ filter: {} }, [['/selection/filter', 'invalid_value']]],
    [{ filter: [] }, [['/selection/filter', 'invalid_value']]],
    [
      { filter: { codes: 'x', status: 'closed', code: ['a'], 'a/b': 1 } },
      [
        ['/selection/filter/codes', 'unknown_key'],
        ['/selection/filter/status', 'invalid_value'],
        ['/selection/filter/code', 'invalid_value'],
        ['/selection/filter/a~1b', 'unknown_key'],
      ],
    ],
  ])('refuses %j', (value, problems) => {
    expect(read(value)).toEqual({ selection: null, problems });
  });

  it('refuses more than 10,000 ids', () => {
    const exceptionIds = Array.from({ length: 10_001 }, (_, n) => `e1-${n}`);
    expect(read({ exceptionIds }).problems).toEqual([['/selection/exceptionIds', 'invalid_value']]);
    expect(read({ exceptionIds: exceptionIds.slice(1) }).problems).toEqual([]);
  });

  it('is written short for the audit', () => {
    const { selection } = read({ exceptionIds: ['e1-0', 'e1-1', 'e1-2'] });
    expect(writeSelection(selection!, 2)).toEqual({ exceptionIds: ['e1-0', 'e1-1'], more: 1 });
    expect(writeSelection(selection!, 3)).toEqual({ exceptionIds: ['e1-0', 'e1-1', 'e1-2'] });
  });
});
