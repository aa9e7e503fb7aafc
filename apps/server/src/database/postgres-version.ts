/** `pg_input_is_valid` came with it. */
const OLDEST = 16;

/**
 * @param version `server_version_num`: 150004 is 15.4
 * @throws Error with one line for whoever starts Feedmill
 */
export function requireVersion(version: number): void {
  const major = Math.floor(version / 10_000);
  if (major >= OLDEST) return;
  throw new Error(`DATABASE_URL is PostgreSQL ${major}: Feedmill needs ${OLDEST} or newer`);
}
