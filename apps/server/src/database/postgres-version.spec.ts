import { requireVersion } from './postgres-version.js';

describe('requireVersion', () => {
  it('takes PostgreSQL 16 and newer', () => {
    expect(() => requireVersion(160_000)).not.toThrow();
    expect(() => requireVersion(180_004)).not.toThrow();
  });

  it('refuses what is older by its name', () => {
    expect(() => requireVersion(150_013)).toThrow('PostgreSQL 15: Feedmill needs 16 or newer');
  });
});
