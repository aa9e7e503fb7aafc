/** A variable that `npm test` sets; without it a test fails with this one line. */
export function required(name: 'TEST_DATABASE_URL' | 'TEST_REDIS_URL'): string {
  const value = process.env[name];
  if (!value)
    throw new Error(
      `${name} is not set: run this test by "npm test -- <pattern>", which brings Postgres and Redis`,
    );
  return value;
}
