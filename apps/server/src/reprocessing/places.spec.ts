import { addPlace, countRecords, onlyImportOf, readPlaces, toChunks, toPlaces } from './places.js';

describe('places', () => {
  it('join records that follow each other, and keep their order', () => {
    const records = [3, 4, 5, 9].map((index) => ({ importId: 7, index }));
    expect(toPlaces([...records, { importId: 2, index: 10 }])).toEqual([7, 3, 5, 7, 9, 9, 2, 10, 10]);
  });

  it('join runs of one import only', () => {
    const places: number[] = [];
    addPlace(places, 1, 0, 999);
    addPlace(places, 1, 1000, 1499);
    addPlace(places, 2, 1500, 1500);
    expect(places).toEqual([1, 0, 1499, 2, 1500, 1500]);
    expect(countRecords(places)).toBe(1501);
    expect(onlyImportOf([1, 0, 4, 1, 7, 7])).toBe(1);
    expect(onlyImportOf(places)).toBeUndefined();
  });

  it('are cut into full chunks, over the borders of imports', () => {
    expect([...toChunks([1, 0, 4, 2, 7, 7, 3, 0, 3], 4)]).toEqual([
      { firstIndex: 0, total: 4, origins: [1, 0, 3] },
      { firstIndex: 4, total: 4, origins: [1, 4, 4, 2, 7, 7, 3, 0, 1] },
      { firstIndex: 8, total: 2, origins: [3, 2, 3] },
    ]);
    expect([...toChunks([], 4)]).toEqual([]);
  });

  it('of scattered records are cut as they come', () => {
    const scattered = Array.from({ length: 10_000 }, (_, n) => [1, 2 * n, 2 * n]).flat();
    const chunks = [...toChunks(scattered, 1000)];
    expect(chunks).toHaveLength(10);
    expect(chunks.at(-1)).toMatchObject({ firstIndex: 9000, total: 1000 });
  });

  it('are read of a text, however long, and keep nobody waiting', async () => {
    expect(await readPlaces('7,0,2')).toEqual([7, 0, 2]);
    expect(await readPlaces('7,0,2 7,3,3 8,4,9')).toEqual([7, 0, 3, 8, 4, 9]);
    const scattered = Array.from({ length: 200_000 }, (_, n) => `${2 ** 33 + n},${n % 7},${n % 7}`);
    const text = scattered.join(' ');
    const turns = [performance.now()];
    const timer = setInterval(() => turns.push(performance.now()), 1);
    const places = await readPlaces(text);
    clearInterval(timer);
    expect(places).toHaveLength(600_000);
    expect(places.slice(-3)).toEqual([2 ** 33 + 199_999, 199_999 % 7, 199_999 % 7]);
    expect(turns.length).toBeGreaterThan(10);
  });
});
