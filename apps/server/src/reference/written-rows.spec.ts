import type { ProblemDetail } from '../common/index.js';
import { csvRows } from './written-rows.js';

const membersOf = (text: string) => {
  const problems: ProblemDetail[] = [];
  const rows = csvRows(text, problems);
  expect(problems).toEqual([]);
  return rows.map(({ members }) => members);
};

describe('csvRows', () => {
  it('nests the columns of objects, whose cells can also be JSON', () => {
    expect(membersOf('value,attributes.a.b,match.c,base\n1,2,,"{""amount"":""x""}"\n')).toEqual([
      { value: '1', attributes: { 'a.b': '2' }, base: { amount: 'x' } },
    ]);
  });

  it.each(['__proto__.x', '__proto__', 'constructor.keys', 'toString.call', 'other.x'])(
    'keeps the column %s as a member of the row, and nothing else',
    (column) => {
      const { keys } = Object;
      const [members] = membersOf(`value,${column}\n1,cell\n`);
      expect(Object.entries(members!)).toEqual([
        ['value', '1'],
        [column, 'cell'],
      ]);
      expect({}).not.toHaveProperty('x');
      expect(Object.keys).toBe(keys);
    },
  );

  it('keeps members of objects whatever their names', () => {
    const [members] = membersOf('attributes.__proto__,attributes.constructor\na,b\n');
    expect(Object.entries(members!.attributes!)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});
