import { placesOf } from './posting.js';

const refs = (importId: number, ...indexes: number[]) => indexes.map((index) => ({ importId, index }));

describe('the places of a posting', () => {
  it('are one for records that lie together, whatever their order and however often they are named', () => {
    expect(placesOf([...refs(7, 3, 1, 2, 2), ...refs(7, 300)])).toEqual([7, 1, 300]);
  });

  it('are one for each import, and one for each stretch of records far apart', () => {
    expect(placesOf([...refs(9, 0), ...refs(7, 500), ...refs(7, 0, 1000, 1501)])).toEqual([
      7, 0, 1000, 7, 1501, 1501, 9, 0, 0,
    ]);
  });

  it('are none of nothing', () => {
    expect(placesOf([])).toEqual([]);
  });
});
