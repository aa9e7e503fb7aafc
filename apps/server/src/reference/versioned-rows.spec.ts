import type { ProblemDetail } from '../common/index.js';
import {
  type IncomingRow,
  type LiveRow,
  addClashes,
  overlapsInGroups,
  planClose,
  planUpsert,
  validityLabel,
} from './versioned-rows.js';

const live = (id: number, group: string, validFrom: number, validTo: number, content = 'x'): LiveRow => ({
  id,
  group,
  validFrom,
  validTo,
  content,
  label: content,
});
const row = (group: string, validFrom: number, validTo: number, content = 'x'): IncomingRow => ({
  pointer: `/${group}${validFrom}`,
  group,
  validFrom,
  validTo,
  content,
  label: content,
});

function upsert(present: LiveRow[], incoming: IncomingRow[]) {
  const problems: ProblemDetail[] = [];
  return { ...planUpsert(present, incoming, overlapsInGroups, problems), problems };
}

describe('planUpsert', () => {
  it('creates, changes and leaves alone', () => {
    const present = [live(1, 'a', 0, 10), live(2, 'b', 0, 10)];
    const incoming = [row('a', 0, 10), row('b', 0, 10, 'y'), row('c', 0, 10)];
    expect(upsert(present, incoming)).toMatchObject({
      closes: [2],
      inserts: [incoming[1], incoming[2]],
      created: 1,
      changed: 1,
      unchanged: 1,
      problems: [],
    });
  });

  it('lets one request shorten a row and begin the next', () => {
    const change = upsert(
      [live(1, 'a', -Infinity, Infinity)],
      [row('a', -Infinity, 5), row('a', 5, Infinity, 'y')],
    );
    expect(change).toMatchObject({ closes: [1], created: 1, changed: 1, problems: [] });
  });

  it('refuses overlaps with rows of the request and with stored ones, also inside a long one', () => {
    expect(
      upsert([live(1, 'a', 0, 100), live(2, 'b', 0, 10)], [row('a', 50, 60), row('b', 10, 20)]).problems,
    ).toEqual([{ pointer: '/a50', code: 'overlap', message: 'x, overlaps the stored row: x' }]);
    expect(upsert([], [row('a', 0, 100), row('a', 10, 20), row('a', 30, 40)]).problems.length).toBe(2);
  });

  it('refuses the same row twice', () => {
    expect(upsert([], [row('a', 0, 1), row('a', 0, 2)]).problems).toMatchObject([{ code: 'repeated' }]);
  });
});

it('planClose ends what is there and refuses what is not', () => {
  const problems: ProblemDetail[] = [];
  const change = planClose([live(1, 'a', 0, 10)], [row('a', 0, 5), row('a', 0, 5), row('b', 0, 5)], problems);
  expect(change).toMatchObject({ closes: [1], closed: 1 });
  expect(problems.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
    '/a0 not_found',
    '/b0 not_found',
  ]);
});

describe('addClashes', () => {
  const at = (pointer: string, validFrom: number, validTo: number) => ({
    ...row('a', validFrom, validTo),
    pointer,
  });
  const incoming = [at('/rows/0', 0, 10), at('/rows/1', 0, 10), at('/rows/2', 5, 10), at('/rows/3', 0, 10)];
  const added = (...pointers: string[]) => {
    const problems = pointers.map((pointer) => ({ pointer, code: 'invalid_value', message: 'is bad' }));
    addClashes(incoming, overlapsInGroups, problems);
    return problems.slice(pointers.length).map(({ pointer, code }) => `${pointer} ${code}`);
  };

  it('tells of rows that clash beside one that is bad by itself', () => {
    expect(added('/rows/3/validTo')).toEqual(['/rows/1 repeated', '/rows/2 overlap']);
    expect(added('/rows/0')).toEqual(['/rows/3 repeated', '/rows/2 overlap']);
  });

  it('adds nothing where all is well by itself, or where nothing can be said of any row', () => {
    expect(added()).toEqual([]);
    expect(added('/rows/3/validTo', '/key')).toEqual([]);
  });
});

describe('validityLabel', () => {
  const [from, to] = [Date.UTC(2026, 0, 1) * 1000, Date.UTC(2026, 6, 1) * 1000];
  it.each([
    [-Infinity, Infinity, 'always valid'],
    [from, Infinity, 'valid from 2026-01-01T00:00:00Z'],
    [-Infinity, to, 'valid until 2026-07-01T00:00:00Z'],
    [from, to, 'valid from 2026-01-01T00:00:00Z to 2026-07-01T00:00:00Z'],
  ])('%d to %d: %s', (validFrom, validTo, label) =>
    expect(validityLabel({ validFrom, validTo })).toBe(label),
  );
});
