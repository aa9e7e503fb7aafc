import { ConfigError } from 'feedmill/pipeline';

/** Where a client was to connect to; a host that is a path is the folder of a socket. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
}

/** What keeps the server from its database, by the setting that says where it is. The password is no part of it. */
export function unreachable({ host, port }: DatabaseAddress, error: unknown): ConfigError {
  const message = `Postgres at ${host.startsWith('/') ? host : `${host}:${port}`} cannot be used: ${reasonOf(error)}`;
  return new ConfigError([{ pointer: 'DATABASE_URL', code: 'database_unreachable', message }]);
}

/** A name with several addresses fails once for each of them, and then says nothing itself. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error ? first.message : String(first);
}
