import { UsageError } from '../errors.js';
import { describeSelection, isOne, toSelection, withNamed } from './selection.js';

describe('toSelection', () => {
  it.each([
    [{ import: ['a', 'b'] }, { trackingIds: ['a', 'b'] }, '2 imports'],
    [{ exception: ['e1-0'] }, { exceptionIds: ['e1-0'] }, 'exception e1-0'],
    [{ healedBy: '7' }, { healedBy: '7' }, 'what change 7 heals'],
    [{ feed: 'f', usageKey: 'k' }, { filter: { feed: 'f', usageKey: 'k' } }, 'feed f, usageKey k'],
    [{ import: ['a'], code: 'c' }, { filter: { code: 'c', trackingId: 'a' } }, 'code c, trackingId a'],
    [{ healedBy: '7', feed: 'f' }, { filter: { feed: 'f', healedBy: '7' } }, 'feed f, healedBy 7'],
    [
      { import: ['a'], healedBy: '7' },
      { filter: { trackingId: 'a', healedBy: '7' } },
      'trackingId a, healedBy 7',
    ],
  ])('makes of %j %j', (options, selection, text) => {
    expect(toSelection(options)).toEqual(selection);
    expect(describeSelection(toSelection(options))).toBe(text);
  });

  it('takes imports and exceptions as arguments, by their form', () => {
    const trackingId = '01890a5d-ac96-774b-bcce-b302099a8057';
    const named = (ids: string[], options = {}) => toSelection(withNamed(options, ids));
    expect(named([trackingId])).toEqual({ trackingIds: [trackingId] });
    expect(named(['e1-0', 'e1-1'], { exception: ['e1-2'] })).toEqual({
      exceptionIds: ['e1-0', 'e1-1', 'e1-2'],
    });
    expect(named([trackingId], { code: 'c' })).toEqual({ filter: { code: 'c', trackingId } });
    for (const ids of [['statsu'], ['e1-0', trackingId], ['u17-0-0-1']])
      expect(() => named(ids)).toThrow(UsageError);
  });

  it('takes exceptions as arguments too', () => {
    expect(toSelection({}, ['e1-0'])).toEqual({ exceptionIds: ['e1-0'] });
    expect(toSelection({ exception: ['e1-1'] }, ['e1-0'])).toEqual({ exceptionIds: ['e1-0', 'e1-1'] });
    expect([['e1-0'], ['e1-0', 'e1-1']].map((ids) => isOne(toSelection({}, ids)))).toEqual([true, false]);
    expect(isOne({ filter: { code: 'c' } })).toBe(false);
  });

  it.each([
    [{}, 'say which'],
    [{ import: [], exception: [] }, 'say which'],
    [{ exception: ['e1-0'], code: 'c' }, '--exception names'],
    [{ exception: ['e1-0'], import: ['a'] }, '--exception names'],
    [{ import: ['a', 'b'], code: 'c' }, 'several imports cannot be filtered'],
    [{ import: ['a', 'b'], healedBy: '7' }, 'several imports cannot be filtered'],
  ])('refuses %j', (options, message) => {
    expect(() => toSelection(options)).toThrow(UsageError);
    expect(() => toSelection(options)).toThrow(message);
  });
});
