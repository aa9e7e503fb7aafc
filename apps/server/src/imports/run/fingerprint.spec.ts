import { fingerprint, normaliseMessage } from './fingerprint.js';

describe('fingerprint', () => {
  it('groups messages that differ by values only', () => {
    expect(normaliseMessage('"acct-1" has no owner at 2026-01-02')).toBe('"…" has no owner at #-#-#');
    const of = (message: string) => fingerprint('identifier_not_found', 'resolve', 'a', message);
    expect(of('"x" is unknown')).toBe(of('"y" is unknown'));
    expect(of('"x" is unknown')).not.toBe(of('"x" is not valid'));
  });
});
