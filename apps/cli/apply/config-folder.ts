import { type Dirent, readFileSync, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { UsageError } from '../errors.js';
import { parseYaml } from './exact-yaml.js';

/** The folders of a config folder, in the order they are applied: what is referred to comes first. */
export const kinds = ['usage-classes', 'tables', 'identifiers', 'rate-plans', 'profiles', 'feeds'] as const;
export type Kind = (typeof kinds)[number];

/** One file of a config folder. */
export interface ConfigFile {
  kind: Kind;
  /** For people, relative to the folder: `feeds/usage-csv.yaml`. */
  path: string;
  /** The file's name without its ending; the name of what it holds where it says none itself. */
  name: string;
  content: { csv: Buffer } | { value: unknown };
}

const valueEndings = ['.yaml', '.yml', '.json'];
const csvKinds: readonly Kind[] = ['usage-classes', 'tables', 'identifiers', 'rate-plans'];

/**
 * Reads every file of the folder. What is not understood is refused, so that a misspelt folder is not left out in
 * silence; README files and hidden files may stand anywhere.
 * @throws UsageError
 */
export function readConfigFolder(folder: string): ConfigFile[] {
  const files = list(folder).flatMap((entry) => {
    const kind = kinds.find((each) => each === entry.name.replace(/\.(ya?ml|json|csv)$/, ''));
    if (kind === undefined)
      throw new UsageError(`${join(folder, entry.name)}: not one of ${kinds.join(', ')}`);
    if (!entry.isDirectory()) return [readFile(folder, kind, entry.name)];
    return list(join(folder, entry.name)).map((file) => readFile(folder, kind, join(entry.name, file.name)));
  });
  if (files.length === 0) throw new UsageError(`${folder}: there is nothing to apply`);
  return files.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.path < b.path ? -1 : 1));
}

function list(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.') && !/^readme/i.test(name));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${folder}: ${code === 'ENOENT' ? 'no such folder' : message}`);
  }
}

function readFile(folder: string, kind: Kind, path: string): ConfigFile {
  const ending = extname(path);
  const file = { kind, path, name: basename(path, ending) };
  const endings = csvKinds.includes(kind) ? [...valueEndings, '.csv'] : valueEndings;
  if (!endings.includes(ending)) throw new UsageError(`${path}: ${kind} are ${endings.join(', ')} files`);
  const bytes = readFileSync(join(folder, path));
  if (ending === '.csv') return { ...file, content: { csv: bytes } };
  const texts = kind === 'tables' ? 'rows' : undefined;
  return { ...file, content: { value: parseYaml(bytes.toString(), path, texts) } };
}

/**
 * The file's content as an object.
 * @throws UsageError where it is none
 */
export function toObject({ path, content }: ConfigFile): Record<string, unknown> {
  const value = 'value' in content ? content.value : null;
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new UsageError(`${path}: it has to be an object (name: value)`);
}

/** The name a file's object says, else the file's own. */
export function nameOf(file: ConfigFile): string {
  const { name } = toObject(file);
  return typeof name === 'string' ? name : file.name;
}
