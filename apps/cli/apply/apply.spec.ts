import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ApiClient } from '../api-client.js';
import { StubApi, type StubRequest, problem } from '../testing/stub-api.js';
import type { Change } from './change.js';
import { type ConfigFile, readConfigFolder } from './config-folder.js';
import { planFeed } from './plan-feed.js';
import { planProfile } from './plan-profile.js';
import { planReference } from './plan-reference.js';

const folder = mkdtempSync(join(tmpdir(), 'feedmill-apply-'));
const stored = new Map<string, unknown>();
let stub: StubApi;

beforeAll(async () => {
  stub = await StubApi.start(({ method, path }: StubRequest) => {
    if (method !== 'GET') return { status: 200, body: { version: 4 } };
    return stored.has(path) ? { body: stored.get(path) } : problem(404, 'not_found', 'it is not there');
  });
});
beforeEach(() => {
  stored.clear();
  stub.requests.length = 0;
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => stub.stop());

function folderOf(files: Record<string, string>): ConfigFile[] {
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return readConfigFolder(folder);
}

function only(files: Record<string, string>): ConfigFile {
  const [file] = folderOf(files);
  return file!;
}

const client = (): ApiClient => new ApiClient(stub.url, null);
const written = (): string[] =>
  stub.requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path, text }) => `${method} ${path} ${text}`.trim());
const shown = ({ action, name, detail }: Change): string => `${action} ${name}: ${detail}`;

describe('readConfigFolder', () => {
  it('gives the files in the order they have to be applied', () => {
    const files = folderOf({
      'feeds/b.yaml': 'apiName: b',
      'feeds/a.yaml': 'apiName: a',
      'profiles/p.yaml': 'steps: []',
      'identifiers/demo.csv': 'type,value\n',
      'rate-plans/standard.yml': 'currency: USD',
      'usage-classes.yaml': '[]',
      'README.md': 'for people',
      '.hidden': '',
    });
    expect(files.map(({ path }) => path)).toEqual([
      'usage-classes.yaml',
      'identifiers/demo.csv',
      'rate-plans/standard.yml',
      'profiles/p.yaml',
      'feeds/a.yaml',
      'feeds/b.yaml',
    ]);
  });

  it('refuses what it does not understand', () => {
    expect(() => folderOf({ 'feedz/a.yaml': '' })).toThrow('feedz: not one of usage-classes');
    rmSync(folder, { recursive: true });
    expect(() => folderOf({ 'feeds/a.csv': '' })).toThrow('feeds/a.csv: feeds are .yaml');
    rmSync(folder, { recursive: true });
    expect(() => folderOf({ 'feeds/a.yaml': 'a: 1\na: 2' })).toThrow(
      /feeds\/a\.yaml: Map keys must be unique at line 2/,
    );
    expect(() => readConfigFolder(join(folder, 'gone'))).toThrow('no such folder');
  });
});

describe('planProfile', () => {
  const definition = 'decode: {use: decode-json@1, config: {limit: 10}}\nsteps: []\n';
  const file = (): ConfigFile => only({ 'profiles/calls.yaml': `description: Calls\n${definition}` });

  it('creates and publishes what is missing', async () => {
    const change = await planProfile(client(), file());
    expect(shown(change)).toBe('create calls: and publish version 1');
    await change.apply();
    expect(written()).toEqual([
      'POST /profiles {"name":"calls","description":"Calls"}',
      'POST /profiles/calls/versions {"decode":{"use":"decode-json@1","config":{"limit":10}},"steps":[]}',
      'POST /profiles/calls/versions/4/publish {"comment":"applied from profiles/calls.yaml"}',
    ]);
  });

  it('publishes a version only when the content differs', async () => {
    stored.set('/profiles/calls', { publishedVersion: 3 });
    const same = { steps: [], decode: { config: { limit: 10 }, use: 'decode-json@1' }, comment: 'x' };
    stored.set('/profiles/calls/versions/3', same);
    expect(shown(await planProfile(client(), file()))).toBe('none calls: version 3 is the same');
    stored.set('/profiles/calls/versions/3', { ...same, steps: [{ use: 'filter@1', config: {} }] });
    const change = await planProfile(client(), file());
    expect(shown(change)).toBe('publish calls: the content of version 3 differs');
    await change.apply();
    expect(written()).toHaveLength(2);
  });
});

describe('planFeed', () => {
  const text =
    'name: calls\napiName: calls\nprofile: p\nusageKey: {fields: [date, {field: id, as: decimal}]}\ntimeZone: null\n';
  const file = (): ConfigFile => only({ 'feeds/calls.yaml': text });
  const present = {
    id: 1,
    name: 'calls',
    apiName: 'calls',
    profile: 'p',
    usageKey: {
      fields: [
        { field: 'date', as: 'text' },
        { field: 'id', as: 'decimal' },
      ],
      onConflict: 'exception',
    },
    timeZone: 'UTC',
  };

  it('creates what is missing', async () => {
    const change = await planFeed(client(), file(), false);
    expect(shown(change)).toBe('create calls: with profile p');
    await change.apply();
    expect(written()).toEqual([expect.stringMatching(/^POST \/feeds \{"name":"calls"/)]);
  });

  it('leaves what is the same, and what differs unless told to update', async () => {
    stored.set('/feeds/calls', present);
    expect(shown(await planFeed(client(), file(), true))).toBe('none calls: it is the same');
    stored.set('/feeds/calls', { ...present, profile: 'other' });
    expect(shown(await planFeed(client(), file(), false))).toBe('differs calls: profile');
    const change = await planFeed(client(), file(), true);
    await change.apply();
    expect(written()).toEqual(['PATCH /feeds/calls {"profile":"p"}']);
  });

  it('puts what the file says in the place of all that is there, though a change goes member by member', async () => {
    stored.set('/feeds/calls', {
      ...present,
      usageKey: { ...present.usageKey, onConflict: 'replace', replaceWhen: 'true' },
    });
    const written = `${text.replace(']}', '], onConflict: keep}')}retention: {bodies: P5D}\n`;
    const change = await planFeed(client(), only({ 'feeds/calls.yaml': written }), true);
    await change.apply();
    expect(JSON.parse(stub.requests.at(-1)!.text)).toEqual({
      retention: { bodies: 'P5D' },
      usageKey: {
        fields: ['date', { field: 'id', as: 'decimal' }],
        onConflict: 'keep',
        replaceWhen: null,
      },
    });
  });
});

describe('planReference', () => {
  it('sends money with the digits of the file', async () => {
    const text =
      'currency: USD\nrates:\n  - {usageClass: Data, unitPrice: 0.050, per: 1}\n  - {usageClass: Api, unitPrice: "0.0004"}\n';
    await planReference(client(), only({ 'rate-plans/standard.yaml': text })).apply();
    expect(written()).toEqual([
      'PUT /rate-plans/standard {"currency":"USD","rates":[{"usageClass":"Data","unitPrice":"0.050","per":"1"},{"usageClass":"Api","unitPrice":"0.0004"}]}',
    ]);
  });

  it('sends the cells of a table as the texts of the file', async () => {
    const text =
      'key: [prefix]\nrows:\n  - {prefix: +447, zone: 010, isMobile: true, rate: "1.50", note: null}\n';
    await planReference(client(), only({ 'tables/destinations.yaml': text })).apply();
    expect(written()).toEqual([
      'PUT /tables/destinations {"key":["prefix"],"rows":[{"prefix":"+447","zone":"010","isMobile":"true","rate":"1.50","note":null}]}',
    ]);
  });

  it('sends the zone that bare dates of identifiers are read in', async () => {
    const text =
      'timeZone: America/New_York\nidentifiers:\n  - {type: Account, value: a, validFrom: 2026-10-15}\n';
    await planReference(client(), only({ 'identifiers/demo.yaml': text })).apply();
    expect(JSON.parse(stub.requests[0]!.text)).toEqual({
      timeZone: 'America/New_York',
      identifiers: [{ type: 'Account', value: 'a', validFrom: '2026-10-15' }],
    });
  });

  it('sends CSV that fits as it is, so that the lines of problems are the lines of the file', async () => {
    const text = '\ufefftype,value\r\n\r\nAccount,a\r\n';
    await planReference(client(), only({ 'identifiers/demo.csv': text })).apply();
    expect(stub.requests[0]!.text).toBe(text);
  });

  it('sends CSV in pieces that a request can hold, each with the header', async () => {
    const rows = Array.from({ length: 10_001 }, (_, index) => `Account,"acct-\n${index}"`);
    const change = planReference(
      client(),
      only({ 'identifiers/demo.csv': `\ufefftype,value\r\n${rows.join('\r\n')}` }),
    );
    expect(shown(change)).toBe('upsert demo: 10,001 rows');
    await change.apply();
    expect(stub.requests.map(({ headers }) => headers['content-type'])).toEqual(['text/csv', 'text/csv']);
    expect(written()[1]).toBe('PUT /identifiers type,value\nAccount,"acct-\n10000"');
  });
});
