import { type Command, Option } from 'commander';
import { pathPart } from '../api-client.js';
import { addListOptions } from '../lists/list-options.js';
import { type ListOptions, showList } from '../lists/list.js';
import { toTexts } from '../option-parsers.js';
import { type Column, toList } from '../output/table.js';
import { type Cli, toCli } from '../settings.js';
import { toExpiry } from './expiry.js';

const roles = ['integrator', 'viewer', 'operator', 'implementer', 'admin'];

/** A key as the API shows it; `key` itself only in the answer that creates it. */
interface KeyView {
  id: string;
  name: string;
  role: string;
  feeds: string[] | null;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  key?: string;
}

interface CreateOptions {
  name: string;
  role: string;
  feeds?: string[];
  expires?: string;
}

const columns: Column<KeyView>[] = [
  { title: 'id', value: (key) => key.id },
  { title: 'name', value: (key) => key.name, maxWidth: 40 },
  { title: 'role', value: (key) => key.role },
  { title: 'feeds', value: (key) => key.feeds?.join(', ') ?? 'all' },
  { title: 'created', value: (key) => key.createdAt },
  { title: 'expires', value: (key) => key.expiresAt },
  { title: 'last used', value: (key) => key.lastUsedAt },
  {
    title: 'revoked',
    value: (key) => key.revokedAt,
    colour: (key) => (key.revokedAt === null ? null : 'red'),
  },
];

const help = `
A key is shown once, when it is made; only its hash is stored. All of this needs the role admin.

Examples:
  $ feedmill keys list
  $ feedmill keys create --name "billing gateway" --role integrator --feeds usageCsv,usageJson --expires 90d
  $ feedmill keys create --name ci --role integrator --json | jq -r .key > ci.key
  $ feedmill keys rotate k3v9...   (the old secret works on for a while)
  $ feedmill keys revoke k3v9...`;

export function addKeysCommand(program: Command): void {
  const keys = program
    .command('keys')
    .summary('list, create, rotate and revoke API keys')
    .description('API keys: who may do what, on which feeds, until when.')
    .addHelpText('after', help);

  addListOptions(keys.command('list').description('Lists the keys, without their secrets.'), []).action(
    async (options: ListOptions, command: Command) => {
      await showList(
        toCli(command),
        { path: '/admin/keys', query: {}, columns, emptyText: 'No keys.' },
        options,
      );
    },
  );

  keys
    .command('create')
    .description('Makes a key and shows it, once.')
    .requiredOption('--name <name>', 'who or what will use it')
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--feeds <feeds>', 'only these feeds, by API name or id: a,b', toTexts)
    .option('--expires <when>', 'until when: a time (2027-01-01T00:00:00Z) or a number of days (90d)')
    .action(async ({ name, role, feeds, expires }: CreateOptions, command: Command) => {
      const cli = toCli(command);
      const expiresAt = expires === undefined ? undefined : toExpiry(expires, Date.now());
      showNewKey(
        cli,
        await cli.client.send<KeyView>('POST', '/admin/keys', { name, role, feeds, expiresAt }),
      );
    });

  keys
    .command('rotate')
    .description('Gives a key a new secret and shows it, once; the old one works on for a while.')
    .argument('<id>', "the key's id")
    .action(async (id: string, _options: unknown, command: Command) => {
      const cli = toCli(command);
      showNewKey(cli, await cli.client.send<KeyView>('POST', `/admin/keys/${pathPart(id)}/rotate`));
    });

  keys
    .command('revoke')
    .description('Ends a key, within seconds and for ever.')
    .argument('<id>', "the key's id")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { client, output } = toCli(command);
      const answer = await client.send<unknown>('POST', `/admin/keys/${pathPart(id)}/revoke`);
      output.result(answer ?? { id }, () => `Revoked ${id}.`);
    });
}

function showNewKey({ output }: Cli, key: KeyView): void {
  output.result(key, () =>
    toList(
      [
        ['key', key.key],
        ['id', key.id],
        ['name', key.name],
        ['role', key.role],
        ['feeds', key.feeds?.join(', ') ?? 'all'],
        ['expires', key.expiresAt ?? 'never'],
      ],
      output.paint,
    ),
  );
  output.note('Keep the key now: it is not shown again.');
}
