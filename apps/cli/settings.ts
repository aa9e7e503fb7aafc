import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ApiClient } from './api-client.js';
import { UsageError } from './errors.js';
import { Output } from './output/output.js';

export const defaultUrl = 'http://127.0.0.1:3000';

/** The options every command takes. */
export interface GlobalOptions {
  url: string;
  key?: string;
  keyFile?: string;
  json?: boolean;
  color: boolean;
}

/** What every command works with. */
export interface Cli {
  client: ApiClient;
  output: Output;
}

/**
 * Reads the options and the environment.
 * @throws UsageError for a URL or key file that cannot be used
 */
export function toCli(command: Command): Cli {
  const options = command.optsWithGlobals<GlobalOptions>();
  const output = new Output(options.json === true, isColoured(options));
  if (options.key !== undefined) {
    output.note(
      'note: other users of this machine can see --key; FEEDMILL_KEY or --key-file keep it to yourself',
    );
  }
  return { client: new ApiClient(toBaseUrl(options.url), readKey(options, process.env)), output };
}

/** The server's address without a slash at its end. */
export function toBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--url: "${text}" is not an address like ${defaultUrl}`);
  }
  if (url.username || url.password)
    throw new UsageError('--url: leave user and password out; keys go by FEEDMILL_KEY');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** The key to show the server: `--key`, else `--key-file`, else `FEEDMILL_KEY`; null without any. */
export function readKey(
  options: Pick<GlobalOptions, 'key' | 'keyFile'>,
  env: NodeJS.ProcessEnv,
): string | null {
  const key = (options.key ?? readKeyFile(options.keyFile) ?? env.FEEDMILL_KEY ?? '').trim();
  if (/[^\x21-\x7e]/.test(key)) throw new UsageError('the key has characters that no Feedmill key has');
  return key === '' ? null : key;
}

function readKeyFile(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--key-file: ${(error as Error).message}`);
  }
}

function isColoured(options: GlobalOptions): boolean {
  return options.color && !options.json && process.stdout.isTTY && !process.env.NO_COLOR;
}
