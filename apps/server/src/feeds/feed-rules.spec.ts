import { canonicalHash } from '../common/index.js';
import { patched, readFeed } from './feed-rules.js';
import { definitionHash } from './feed-wire.js';
import { isDuration } from './duration.js';

const FEED = { name: 'a b', apiName: 'ab', format: 'rows', profile: 'p', usageKey: { fields: ['x'] } };

const pointersOf = (feed: unknown) => readFeed(feed).problems.map(({ pointer }) => pointer);

describe('readFeed', () => {
  it('fills in what is not said, and takes null for that', () => {
    const { definition, problems } = readFeed({ ...FEED, timeZone: null, rows: { delimiter: '\t' } });
    expect(problems).toEqual([]);
    expect(definition).toMatchObject({
      timeZone: 'UTC',
      rows: { delimiter: '\t', quote: '"', header: false },
      usageKey: { fields: [{ field: 'x', as: 'text' }], onConflict: 'exception' },
    });
    expect(readFeed({ ...FEED, format: 'records' }).definition.rows).toBeNull();
  });

  it.each<[object, string]>([
    [{ name: ' a' }, '/name'],
    [{ name: '17' }, '/name'],
    [{ name: 'a\nb' }, '/name'],
    [{ apiName: '17' }, '/apiName'],
    [{ apiName: 'a-b' }, '/apiName'],
    [{ rows: { quote: '\n' } }, '/rows/quote'],
    [{ rows: { quote: null, delimiter: '"' } }, '/rows/quote'],
    [{ rows: [] }, '/rows'],
    [{ rows: { quote: ',' } }, '/rows/quote'],
    [{ usageKey: [] }, '/usageKey'],
    [{ usageKey: { fields: [] } }, '/usageKey/fields'],
    [{ usageKey: { fields: ['x', 'x'] } }, '/usageKey/fields/1'],
    [{ usageKey: { fields: ['x'], onConflict: 'merge' } }, '/usageKey/onConflict'],
    [{ usageKey: { fields: ['x'], replaceWhen: 'true' } }, '/usageKey/replaceWhen'],
    [{ usageKey: { fields: ['x'], cancelWhen: 'Status = ' } }, '/usageKey/cancelWhen'],
    [{ usageKey: { fields: ['x'], cancelWhen: 5 } }, '/usageKey/cancelWhen'],
    [{ usageKey: { none: false } }, '/usageKey/none'],
    [{ usageKey: { none: true, onConflict: 'keep' } }, '/usageKey/onConflict'],
    [{ acceptUsageSince: '2026-02-30' }, '/acceptUsageSince'],
    [{ keyRetention: 'PT0S' }, '/keyRetention'],
    [{ expectEvery: 'PT0S' }, '/expectEvery'],
    [{ expectEvery: '1 hour' }, '/expectEvery'],
    [{ parameters: { x: Infinity } }, '/parameters/x'],
  ])('refuses %j', (change, pointer) => expect(pointersOf({ ...FEED, ...change })).toEqual([pointer]));

  it.each<object>([
    { none: true },
    { fields: [{ field: 'x', as: 'text' }], onConflict: 'keep' },
    {
      fields: [{ field: 'x', as: 'text' }],
      onConflict: 'replace',
      replaceWhen: 'sent.value > live.value',
      cancelWhen: 'Status = "D"',
    },
  ])('takes the usage key %j', (usageKey) => {
    const { definition, problems } = readFeed({ ...FEED, usageKey });
    expect(problems).toEqual([]);
    expect(definition.usageKey).toEqual(usageKey);
  });

  const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as object;
  it.each([null, [], 'x', 5, {}, { name: 5, parameters: deep }, JSON.parse('{"__proto__":1,"name":5}')])(
    'refuses %j without a throw',
    (feed) => expect(pointersOf(feed)).not.toEqual([]),
  );
});

describe('patched', () => {
  const { definition } = readFeed({
    ...FEED,
    rows: { delimiter: ';', quote: "'", header: true },
    retention: { bodies: 'P1D', exceptions: 'P2D', usage: 'P12D' },
    usageKey: { fields: ['x'], onConflict: 'replace', replaceWhen: 'true' },
    parameters: { tariff: { day: 'A', night: 'B' }, zones: [1, 2] },
  });
  const after = (patch: unknown) => {
    const { definition: changed, problems } = readFeed(patched(definition, patch));
    expect(problems).toEqual([]);
    return changed;
  };

  it.each<[object, object]>([
    [{ description: 'd' }, { description: 'd' }],
    [{ retention: { bodies: 'P5D' } }, { retention: { bodies: 'P5D', exceptions: 'P2D', usage: 'P12D' } }],
    [{ retention: { bodies: null } }, { retention: { bodies: 'forever', exceptions: 'P2D', usage: 'P12D' } }],
    [{ rows: { delimiter: '|' } }, { rows: { delimiter: '|', quote: "'", header: true } }],
    [{ rows: { header: null } }, { rows: { delimiter: ';', quote: "'", header: false } }],
    [{ rows: null }, { rows: { delimiter: ',', quote: '"', header: false } }],
    [
      { usageKey: { onConflict: 'keep', replaceWhen: null } },
      { usageKey: { fields: [{ field: 'x', as: 'text' }], onConflict: 'keep' } },
    ],
    [{ usageKey: { none: true } }, { usageKey: { none: true } }],
    [
      { parameters: { tariff: { night: null, noon: 'C' }, zones: [3] } },
      { parameters: { tariff: { day: 'A', noon: 'C' }, zones: [3] } },
    ],
    [{ parameters: null }, { parameters: {} }],
  ])('%j changes what it names and nothing else', (patch, changed) =>
    expect(after(patch)).toEqual({ ...definition, ...changed }),
  );

  it('begins a usage key anew where there was none', () => {
    const withoutKey = { ...definition, usageKey: { none: true } } as const;
    const usageKey = { fields: [{ field: 'y', as: 'text' }], onConflict: 'exception' };
    expect(readFeed(patched(withoutKey, { usageKey: { fields: ['y'] } }))).toMatchObject({
      definition: { usageKey },
      problems: [],
    });
    expect(readFeed(patched(withoutKey, { usageKey: { onConflict: 'keep' } })).problems).toMatchObject([
      { pointer: '/usageKey/fields' },
    ]);
  });

  it('leaves the rows of the other format behind', () => {
    expect(after({ format: 'records' }).rows).toBeNull();
  });

  it.each<[unknown, string]>([
    [JSON.parse('{"retention":{"__proto__":{"bodies":"P5D"}}}'), '/retention/__proto__'],
    [{ retention: { body: 'P5D' } }, '/retention/body'],
    [{ retention: 'P5D' }, '/retention'],
    [{ usageKey: { none: false } }, '/usageKey/none'],
    [[], ''],
  ])('%j is refused', (patch, pointer) => {
    expect(readFeed(patched(definition, patch)).problems.map((problem) => problem.pointer)).toContain(
      pointer,
    );
  });
});

it('a definition is the same paused and running', () => {
  const { definition } = readFeed(FEED);
  expect(definitionHash({ ...definition, paused: true })).toEqual(definitionHash(definition));
  expect(definitionHash({ ...definition, timeZone: 'Asia/Tokyo' })).not.toEqual(definitionHash(definition));
  expect(definitionHash({ ...definition, expectEvery: 'PT1H' })).not.toEqual(definitionHash(definition));
});

it('a definition that says nothing of expectEvery and autoHeal is the same as before there was such a thing', () => {
  const { paused: _, expectEvery: __, autoHeal: ___, ...earlier } = readFeed(FEED).definition;
  expect(definitionHash(readFeed(FEED).definition)).toEqual(canonicalHash(earlier));
});

describe('isDuration', () => {
  it.each(['P1D', 'P400D', 'PT24H', 'P1Y2M3DT4H5M6S', 'P2W'])('%s', (text) =>
    expect(isDuration(text, { mayBeZero: false })).toBe(true),
  );
  it.each(['', 'P', 'PT', 'P1', '1D', 'P-1D', 'PT0S', 'P1.5D', 'forever'])('not %s', (text) =>
    expect(isDuration(text, { mayBeZero: false })).toBe(false),
  );
});
