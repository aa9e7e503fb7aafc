import { toList, toTable } from './table.js';
import { Paint } from './terminal.js';

const plain = new Paint(false);

describe('toTable', () => {
  interface Row {
    name: string;
    count: number;
    note: string | null;
  }
  const columns = [
    { title: 'name', value: (row: Row) => row.name },
    { title: 'count', value: (row: Row) => row.count },
    { title: 'note', value: (row: Row) => row.note, maxWidth: 6 },
  ];

  it('aligns texts left and numbers right, groups thousands, cuts what is too long', () => {
    const rows = [
      { name: 'é😀', count: 12345, note: null },
      { name: 'usage.csv', count: 7, note: 'too long' },
    ];
    expect(toTable(columns, rows, plain).split('\n')).toEqual([
      'name        count  note',
      'é😀         12,345  -',
      'usage.csv       7  too l…',
    ]);
  });

  it('leaves optional columns out where no row has a value', () => {
    const optional = columns.map((column) => ({ ...column, isOptional: true }));
    const rows = [{ name: 'a', count: 0, note: null }];
    expect(toTable(optional, rows, plain)).toBe('name  count\na         0');
    expect(toTable(optional, [...rows, { ...rows[0]!, note: 'b' }], plain)).toContain('note');
  });

  it('shows control characters instead of obeying them', () => {
    const text = toTable(columns, [{ name: 'a\u001b[2J\nb\u202e', count: 1, note: '' }], plain);
    expect(text).toContain('a\\x1b[2J\\x0ab\\u202e');
  });

  it('colours without changing the widths', () => {
    const coloured = [{ ...columns[0]!, colour: () => 'red' as const }, columns[1]!];
    const text = toTable(coloured, [{ name: 'ab', count: 1, note: null }], new Paint(true));
    expect(text.replace(/\u001b\[\d+m/g, '')).toBe('name  count\nab        1');
  });
});

describe('toList', () => {
  it('leaves out what is not there', () => {
    const pairs = [
      ['status', 'completed'],
      ['error', null],
      ['total', 1000],
    ] as const;
    expect(toList(pairs, plain)).toBe('status  completed\ntotal   1,000');
  });
});
