import { toStepTypes } from './step-type-shape.js';

const good = {
  type: 'try-it',
  version: 1,
  stage: 'mediate',
  title: 'Try',
  description: 'Tries.',
  config: class {},
  errorCodes: { bad_thing: 'It was bad.' },
  examples: [{ title: 'One', config: {} }],
  create: () => ({}),
};

describe('toStepTypes', () => {
  it('takes one step type, or several versions of one', () => {
    expect(toStepTypes(good, 'try-it')).toEqual([good]);
    expect(toStepTypes([good, { ...good, version: 2 }], 'try-it')).toHaveLength(2);
    expect(toStepTypes({ ...good, stage: 'decode', format: 'rows' }, 'try-it')).toHaveLength(1);
  });

  it.each([
    [undefined, 'no default export'],
    [[], 'exports no step type'],
    ['text', 'defineStep'],
    [{ ...good, type: 'other' }, '"type" must be "try-it"'],
    [{ ...good, version: 1.5 }, '"version"'],
    [{ ...good, version: 0 }, '"version"'],
    [{ ...good, stage: 'store' }, '"stage"'],
    [{ ...good, stage: 'decode' }, '"format"'],
    [{ ...good, title: ' ' }, '"title"'],
    [{ ...good, description: undefined }, '"description"'],
    [{ ...good, create: 'create' }, '"create"'],
    [{ ...good, requires: ['date'] }, '"requires"'],
    [{ ...good, config: {} }, '"config" must be a class'],
    [{ ...good, config: () => undefined }, 'without arguments'],
    [{ ...good, errorCodes: { 'Bad-Thing': 'x' } }, '"Bad-Thing"'],
    [{ ...good, errorCodes: null }, '"errorCodes"'],
    [{ ...good, examples: undefined }, '"examples"'],
    [{ ...good, examples: [{ title: 'One' }] }, '"examples"'],
    [{ ...good, examples: [{ title: 'One', config: { big: 1n } }] }, 'plain JSON'],
  ])('refuses %o', (exported, why) => {
    expect(() => toStepTypes(exported, 'try-it')).toThrow(why);
  });
});
