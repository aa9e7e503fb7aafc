import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/** One TypeScript file of the project and what it imports, all paths relative to the project. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly specifier: string; readonly path: string | null }[];
}

const SELF: Readonly<Record<string, string>> = {
  'feedmill/pipeline': 'libs/pipeline/index.ts',
  'feedmill/plugin-host': 'libs/plugin-host/index.ts',
};

/** All TypeScript files below the given folders, with their imports resolved as the build resolves them. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))))
    .filter((path) => path.endsWith('.ts') && statSync(path).isFile())
    .sort()
    .map((path) => {
      const text = readFileSync(path, 'utf8');
      const specifiers = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
      const imports = specifiers.map((specifier) => ({
        specifier,
        path: resolveImport(root, path, specifier),
      }));
      return { path: relative(root, path), text, imports };
    });
}

/** The circles of files that import each other, each as the path that closes it. */
export function findCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(' -> '));
    if (at >= 0 || done.has(path)) return;
    for (const { path: imported } of byPath.get(path)?.imports ?? []) {
      if (imported !== null && byPath.has(imported)) visit(imported, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}

function resolveImport(root: string, from: string, specifier: string): string | null {
  if (SELF[specifier]) return SELF[specifier];
  if (!specifier.startsWith('.')) return null;
  return relative(root, resolve(dirname(from), specifier.replace(/\.js$/, '.ts')));
}
