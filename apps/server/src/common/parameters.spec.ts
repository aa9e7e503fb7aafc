import { Problem } from './problem.js';
import {
  booleanParameter,
  feedParameter,
  momentParameter,
  oneOf,
  readQuery,
  readTexts,
  severalOf,
  textParameter,
  trackingIdParameter,
} from './parameters.js';
import { LIST_PARAMETERS } from './paging.js';

const PARAMETERS = {
  ...LIST_PARAMETERS,
  feed: feedParameter(),
  status: oneOf(['open', 'closed'], 'The status.'),
  live: booleanParameter('Live only.'),
  by: severalOf(['day', 'month'], 'By what.'),
  from: momentParameter('Since.'),
  trackingId: trackingIdParameter('The import.'),
  q: textParameter('A text.', 20),
};

const problemOf = (query: unknown): Problem => {
  try {
    readQuery(query, PARAMETERS);
  } catch (error) {
    return error as Problem;
  }
  throw new Error('was not refused');
};

describe('readQuery', () => {
  it('reads each parameter as what it is', () => {
    const trackingId = '0192F000-0000-7000-8000-000000000001';
    expect(
      readQuery(
        {
          limit: '7',
          feed: 'usageJson',
          status: 'open',
          live: 'false',
          from: '2026-01-02',
          trackingId,
          q: 'ü',
        },
        PARAMETERS,
      ),
    ).toEqual({
      limit: 7,
      feed: 'usageJson',
      status: 'open',
      live: false,
      from: '2026-01-02T00:00:00Z',
      trackingId: trackingId.toLowerCase(),
      q: 'ü',
    });
    expect(readQuery({ from: '2026-01-02T03:04:05.670+02:00' }, PARAMETERS).from).toBe(
      '2026-01-02T01:04:05.67Z',
    );
    expect(readQuery({ by: 'month,day' }, PARAMETERS)).toEqual({ by: ['month', 'day'] });
    expect(problemOf({ by: 'day,day' }).detail).toBe('Parameter by names day twice.');
    expect(problemOf({ by: 'day,' }).detail).toBe('Parameter by must be one of day, month.');
    expect(readQuery(undefined, PARAMETERS)).toEqual({});
  });

  it.each<[string, Record<string, unknown>]>([
    ['an unknown name', { sort: 'x' }],
    ['a name of the prototype', { constructor: 'x' }],
    ['an object', { 'status[a]': 'open' }],
    ['a repetition', { status: ['open', 'closed'] }],
    ['a negative limit', { limit: '-1' }],
    ['a limit of zero', { limit: '0' }],
    ['a large limit', { limit: '1001' }],
    ['an exponent', { limit: '1e9' }],
    ['a word for a boolean', { live: 'yes' }],
    ['a date that is not', { from: '2026-02-30' }],
    ['now', { from: 'now' }],
    ['a time without a zone', { from: '2026-01-02T03:04:05' }],
    ['an id that is none', { trackingId: '17' }],
    ['an empty text', { q: '' }],
    ['a long text', { q: 'x'.repeat(21) }],
    ['a NUL', { q: 'a\0b' }],
    ['a path for a feed', { feed: '../1' }],
  ])('refuses %s', (_, query) => {
    expect(problemOf(query)).toMatchObject({ status: 400, code: 'invalid_parameter' });
  });

  it('says how a moment is written in a URL, and elsewhere as it is', () => {
    expect(problemOf({ from: '2026-01-02T03:04:05 02:00' }).detail).toMatch(
      /%2B02:00 \(a \+ is sent as %2B\)\.$/,
    );
    const refused: string[] = [];
    readTexts([['from', 'now']], PARAMETERS, (_, message) => refused.push(message), 'must be a text.');
    expect(refused).toEqual(['must be like 2026-10-26, 2026-10-26T12:00:00Z or 2026-10-26T12:00:00+02:00.']);
  });

  it('names every parameter that is wrong', () => {
    const { errors } = problemOf({ sort: 'x', limit: '0', status: 'shut' });
    expect(errors!.map((e) => e.pointer)).toEqual(['sort', 'limit', 'status']);
  });
});
