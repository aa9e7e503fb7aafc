import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findCycles, readSources, type SourceFile } from './support/source-tree.js';

const ROOT = join(import.meta.dirname, '..');
const SERVER = 'apps/server/src/';
const sources = readSources(ROOT, ['apps', 'libs', 'plugins', 'test']);
const product = sources.filter(({ path }) => !path.startsWith('test/'));

/** Folders and what they may import of the project besides themselves. Specs may use the test support. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'libs/pipeline/': [],
  'libs/plugin-host/': ['libs/pipeline/'],
  'plugins/': ['libs/pipeline/'],
  'apps/server/': ['libs/pipeline/', 'libs/plugin-host/'],
  'apps/cli/': ['libs/pipeline/', 'libs/plugin-host/'],
};

/** What other modules may import of a server module: the second is for child processes, which load no Nest. */
const DOORS = ['index.ts', 'child.ts'];

/** Modules of Node and packages that the pure core must not know. */
const IMPURE =
  /^(node:(fs|net|http|https|child_process|worker_threads|os|dgram|tls)|@nestjs\/|typeorm|pg|bull|fastify)/;

const isSpec = ({ path }: SourceFile) => /\.(int-|e2e-)?spec\.ts$/.test(path);

/** Each import of the project's own files, written as "from -> to". */
function importsWhere(
  files: readonly SourceFile[],
  isWrong: (from: SourceFile, to: string) => boolean,
): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter(({ path }) => path !== null && isWrong(file, path))
      .map(({ path }) => `${file.path} -> ${path}`),
  );
}

function filesWhere(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('architecture', () => {
  it('has sources to look at', () => {
    expect(product.length).toBeGreaterThan(50);
  });

  it.each(Object.entries(ALLOWED))('%s imports only what it may', (folder, allowed) => {
    const files = product.filter(({ path }) => path.startsWith(folder));
    const wrong = importsWhere(files, (from, to) => {
      if (isSpec(from) && to.startsWith('test/support/')) return false;
      return ![folder, ...allowed].some((prefix) => to.startsWith(prefix));
    });
    expect(wrong).toEqual([]);
  });

  it('keeps plugins apart from each other', () => {
    const pluginOf = (path: string) => path.split('/')[1];
    const plugins = product.filter(({ path }) => path.startsWith('plugins/'));
    const wrong = importsWhere(
      plugins,
      (from, to) => to.startsWith('plugins/') && pluginOf(from.path) !== pluginOf(to),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the pipeline pure', () => {
    const pipeline = product.filter((file) => file.path.startsWith('libs/pipeline/') && !isSpec(file));
    const wrong = pipeline.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => IMPURE.test(specifier))
        .map(({ specifier }) => `${path} -> ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('enters server modules by their doors', () => {
    const moduleOf = (path: string) => {
      const [module, rest] = path.slice(SERVER.length).split('/');
      return path.startsWith(SERVER) && rest ? module : undefined;
    };
    const server = product.filter((file) => file.path.startsWith(SERVER) && !isSpec(file));
    const wrong = importsWhere(server, (from, to) => {
      const module = moduleOf(to);
      return module !== undefined && module !== moduleOf(from.path) && !DOORS.includes(basename(to));
    });
    expect(wrong).toEqual([]);
  });

  it('names what a door exports', () => {
    const doors = product.filter(({ path }) => DOORS.includes(basename(path)) && path.startsWith(SERVER));
    expect(filesWhere(doors, /^export \* /)).toEqual([]);
  });

  it('has no import cycle', () => {
    expect(findCycles(sources)).toEqual([]);
  });

  it('hides no cycle behind forwardRef', () => {
    expect(filesWhere(product, /\bforwardRef\b/)).toEqual([]);
  });

  it('names files by what they do', () => {
    const vague = /(^|[-.])(utils?|helpers?|managers?)([-.]|$)/;
    const names = product.flatMap(({ path }) => path.split('/').map((part) => [part, path] as const));
    expect(names.filter(([part]) => vague.test(part)).map(([, path]) => path)).toEqual([]);
  });

  it('has every server module documented', () => {
    const modules = readdirSync(join(ROOT, SERVER), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const without = modules.filter(
      ({ name }) => !readdirSync(join(ROOT, SERVER, name)).includes('README.md'),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('has no unfinished work and no test that is left out', () => {
    const unfinished = new RegExp(
      ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].map((word) => `\\b${word}\\b`).join('|'),
    );
    expect(filesWhere(sources, unfinished)).toEqual([]);
    expect(
      filesWhere(
        sources.filter(isSpec),
        /\b(it|test|describe)\.(only|skip|todo)\b|\b(xit|xdescribe|fit|fdescribe)\(/,
      ),
    ).toEqual([]);
  });
});
