import { toLocalDate } from './local-date.js';
import { zoneOffsets } from './zone-offsets.js';

const at = (text: string) => Date.parse(text);
const STEP = 7 * 86_400_000;

describe('zone offsets', () => {
  it('change when the clocks do', () => {
    const [since, until] = [at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z')];
    expect(zoneOffsets('Europe/Berlin', since, until)).toEqual([
      { since, until: at('2026-03-29T01:00:00Z'), aheadMinutes: 60 },
      { since: at('2026-03-29T01:00:00Z'), until: at('2026-10-25T01:00:00Z'), aheadMinutes: 120 },
      { since: at('2026-10-25T01:00:00Z'), until, aheadMinutes: 60 },
    ]);
    expect(zoneOffsets('Australia/Lord_Howe', since, until).map((o) => o.aheadMinutes)).toEqual([
      660, 630, 660,
    ]);
  });

  it('cover one moment, a zone without changes, and a zone nobody knows', () => {
    expect(zoneOffsets('America/New_York', 5, 6)).toEqual([{ since: 5, until: 6, aheadMinutes: -300 }]);
    expect(zoneOffsets('Asia/Kathmandu', 0, STEP * 60).at(-1)?.aheadMinutes).toBe(330);
    expect(zoneOffsets('Nowhere/Land', 5, 6)).toEqual([{ since: 5, until: 6, aheadMinutes: 0 }]);
  });

  it.each(['America/St_Johns', 'Africa/Casablanca', 'Pacific/Chatham', 'America/Caracas'])(
    'give the local dates of single entries in %s',
    (zone) => {
      const [since, until] = [at('2015-01-01T00:00:00Z'), at('2019-01-01T00:00:00Z')];
      const offsets = zoneOffsets(zone, since, until);
      for (let moment = since; moment < until; moment += 77_777_777) {
        const found = offsets.filter((o) => o.since <= moment && moment < o.until);
        const local = new Date(moment + found[0]!.aheadMinutes * 60_000).toISOString().slice(0, 10);
        expect([found.length, local]).toEqual([1, toLocalDate(new Date(moment).toISOString(), zone)]);
      }
    },
  );
});
