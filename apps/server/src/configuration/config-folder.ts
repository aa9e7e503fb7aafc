import { type Dirent, readFileSync, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { type ConfigProblem, ConfigError } from 'feedmill/pipeline';
import { type YamlFile, readYaml } from './yaml-file.js';

/** The folders of a configuration folder, in the order they are applied: what is referred to comes first. */
export const KINDS = ['usage-classes', 'tables', 'identifiers', 'rate-plans', 'profiles', 'feeds'] as const;
export type Kind = (typeof KINDS)[number];

/** Few enough for one file, which may stand beside the folders. */
const ONE_FILE: Kind = 'usage-classes';

const ENDINGS: Readonly<Record<Kind, readonly string[]>> = {
  'usage-classes': ['.csv', '.yaml', '.yml', '.json'],
  tables: ['.csv', '.yaml', '.yml', '.json'],
  identifiers: ['.csv', '.yaml', '.yml', '.json'],
  'rate-plans': ['.csv', '.yaml', '.yml', '.json'],
  profiles: ['.yaml', '.yml', '.json'],
  feeds: ['.yaml', '.yml', '.json'],
};

/** One file: a CSV as text, everything else as its value and the place of each member. */
export interface ConfigFile {
  readonly kind: Kind;
  /** Relative to the folder, e.g. `feeds/usage-csv.yaml`. */
  readonly path: string;
  /** The file's name without its ending. */
  readonly name: string;
  readonly content: { readonly csv: string } | YamlFile;
}

/**
 * Reads every file of a configuration folder. Hidden files and READMEs may stand anywhere; whatever else is not
 * understood is refused, so that a misspelt folder is not left out in silence.
 * @throws ConfigError with every file that cannot be read, and why
 */
export function readConfigFolder(folder: string): ConfigFile[] {
  const problems: ConfigProblem[] = [];
  const refuse = (pointer: string, message: string) =>
    problems.push({ pointer, code: 'invalid_configuration', message });
  const files: ConfigFile[] = [];
  const entries = list(folder, (message) => refuse(folder, message));
  const pathsOf = (kind: Kind): string[] =>
    entries
      .filter((entry) => kindOf(entry) === kind)
      .flatMap((entry) => {
        if (!entry.isDirectory()) return [entry.name];
        return list(join(folder, kind), (message) => refuse(kind, message)).map(
          ({ name }) => `${kind}/${name}`,
        );
      });
  for (const entry of entries.filter((each) => kindOf(each) === undefined)) {
    refuse(join(folder, entry.name), `is none of the folders ${KINDS.join(', ')}`);
  }
  for (const kind of KINDS) {
    for (const path of pathsOf(kind)) {
      const ending = extname(path);
      if (!ENDINGS[kind].includes(ending)) {
        refuse(path, `${kind} are files that end in ${ENDINGS[kind].join(', ')}`);
        continue;
      }
      const text = readFileSync(join(folder, path), 'utf8');
      const content =
        ending === '.csv' ? { csv: text } : readYaml(text, kind === 'tables' ? 'rows' : undefined);
      if ('problems' in content) for (const problem of content.problems) refuse(path, problem);
      files.push({ kind, path, name: basename(path, ending), content });
    }
  }
  if (problems.length) throw new ConfigError(problems);
  return files;
}

/** What a folder holds, or the file of what fits into one. */
function kindOf(entry: Dirent): Kind | undefined {
  if (entry.isDirectory()) return KINDS.find((kind) => kind === entry.name);
  return basename(entry.name, extname(entry.name)) === ONE_FILE ? ONE_FILE : undefined;
}

function list(folder: string, onProblem: (message: string) => void): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.') && !/^readme/i.test(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    onProblem(code === 'ENOENT' ? 'there is no such folder' : message);
    return [];
  }
}
