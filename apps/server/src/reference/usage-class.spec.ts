import type { ProblemDetail } from '../common/index.js';
import { planClasses, readUsageClasses } from './usage-class.js';

const at = (pointer: string, name: string, unit: string, taxCategory: string | null = null) => ({
  pointer,
  name,
  unit,
  taxCategory,
});

describe('usage classes', () => {
  it('are read with every problem and its place', () => {
    const problems: ProblemDetail[] = [];
    const rows = [
      { name: 'a', unit: 'GB' },
      { name: 'a', unit: 'GB' },
      { unit: 5, colour: 'red' },
    ];
    readUsageClasses(
      rows.map((members, n) => ({ pointer: `/${n}`, members })),
      problems,
    );
    expect(problems.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/1 repeated',
      '/2/colour unknown_key',
      '/2/name required',
      '/2/unit invalid_value',
    ]);
  });

  it('come in, change their tax category, and keep their unit', () => {
    const kept = new Map(['GB', 's'].map((unit) => [unit, at('', unit, unit, 'data')]));
    const rows = [
      at('/0', 'GB', 'GB', 'data'),
      at('/1', 's', 's'),
      at('/2', 'new', 'min'),
      at('/3', 'GB', 'MB'),
    ];
    expect(planClasses(kept, rows)).toEqual({
      created: [rows[2]],
      changed: [rows[1]],
      unchanged: 1,
      refused: [
        { pointer: '/3/unit', code: 'unit_fixed', message: expect.stringContaining('counted in GB') },
      ],
    });
  });
});
