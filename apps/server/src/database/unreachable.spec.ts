import { unreachable } from './unreachable.js';

describe('unreachable', () => {
  const said = (host: string, error: unknown) => unreachable({ host, port: 5433 }, error).message;

  it('names the setting, the place and the reason', () => {
    expect(said('db.example', new Error('timeout expired'))).toBe(
      'DATABASE_URL: Postgres at db.example:5433 cannot be used: timeout expired',
    );
    expect(said('/run/postgresql', new Error('connect ENOENT'))).toContain(
      'Postgres at /run/postgresql cannot',
    );
  });

  it('says what became of the first address of several', () => {
    const refused = new AggregateError([new Error('connect ECONNREFUSED ::1:5433'), new Error('other')], '');
    expect(said('localhost', refused)).toMatch(
      /localhost:5433 cannot be used: connect ECONNREFUSED ::1:5433$/,
    );
  });
});
