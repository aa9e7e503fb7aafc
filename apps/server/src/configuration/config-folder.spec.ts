import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError } from 'feedmill/pipeline';
import { readConfigFolder } from './config-folder.js';

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'feedmill-config-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const problemsOf = (path = folder): string[] => {
  try {
    readConfigFolder(path);
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ pointer, message }) => `${pointer}: ${message}`);
  }
};

describe('readConfigFolder', () => {
  it('reads what is referred to first, and leaves READMEs and hidden files out', () => {
    write('feeds/b.yaml', 'name: b');
    write('feeds/a.json', '{"name":"a"}');
    write('feeds/README.md', '');
    write('feeds/.hidden', '');
    write('README.md', '');
    write('identifiers/x.csv', 'type\n');
    write('usage-classes.yaml', '- { name: Data, unit: GB }');
    write('usage-classes/more.csv', 'name,unit\n');
    expect(readConfigFolder(folder).map(({ path }) => path)).toEqual([
      'usage-classes/more.csv',
      'usage-classes.yaml',
      'identifiers/x.csv',
      'feeds/a.json',
      'feeds/b.yaml',
    ]);
  });

  it('reads the decimals of rates from their text, also without quotes', () => {
    write(
      'rate-plans/x.yaml',
      'rates:\n  - unitPrice: 0.10\n    scale: 2\n  - { unitPrice: 1e-7, per: "1" }\n',
    );
    const [file] = readConfigFolder(folder);
    expect(file?.content).toMatchObject({
      value: {
        rates: [
          { unitPrice: '0.10', scale: 2 },
          { unitPrice: '1e-7', per: '1' },
        ],
      },
    });
  });

  it('reads the cells of tables as the texts that they are written as', () => {
    write(
      'tables/x.yaml',
      'key: [prefix]\nrows:\n  - { prefix: +44, zone: 010, isMobile: false, note: ~ }\n',
    );
    expect(readConfigFolder(folder)[0]!.content).toMatchObject({
      value: { rows: [{ prefix: '+44', zone: '010', isMobile: 'false', note: null }] },
    });
  });

  it('finds the line of a pointer, or of what is around it', () => {
    write('profiles/x.yaml', 'decode:\n  use: a@1\nsteps:\n  - use: b@1\n  - use: c@1\n    config: {}\n');
    const { content } = readConfigFolder(folder)[0]!;
    const lineOf = (pointer: string) => ('csv' in content ? null : content.lineOf(pointer));
    expect(lineOf('/steps/1/use')).toBe(5);
    expect(lineOf('/steps/1/config/fields/0')).toBe(6);
    expect(lineOf('/nothere')).toBeNull();
  });

  it('refuses everything that it does not understand, all at once', () => {
    write('feed/x.yaml', '');
    write('feeds/x.txt', '');
    write('usage-classes.txt', '');
    write('profiles/x.yaml', 'a: [1');
    write('profiles/y.yaml', 'a: 1\na: 2\n');
    expect(problemsOf()).toEqual([
      `${join(folder, 'feed')}: is none of the folders usage-classes, tables, identifiers, rate-plans, profiles, feeds`,
      'usage-classes.txt: usage-classes are files that end in .csv, .yaml, .yml, .json',
      expect.stringContaining('profiles/x.yaml: Flow sequence'),
      expect.stringContaining('profiles/y.yaml: Map keys must be unique'),
      'feeds/x.txt: feeds are files that end in .yaml, .yml, .json',
    ]);
    expect(problemsOf('/no/such/folder')).toEqual(['/no/such/folder: there is no such folder']);
  });
});
