import type { StepType } from 'feedmill/pipeline';
import { configSchema, type ConfigSchema } from './config-schema.js';

const BEGIN = '<!-- config:begin (written by npm run docs:plugins) -->';
const END = '<!-- config:end -->';

/**
 * A plugin's README with its config tables and error codes as the step type says them.
 * @throws Error where the README does not have the two marks
 */
export function withConfigDocs(readme: string, types: readonly StepType[]): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the README must have the lines "${BEGIN}" and "${END}"`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${configDocs(types)}\n\n${readme.slice(end)}`;
}

function configDocs(types: readonly StepType[]): string {
  return types.map((type) => [...sectionsOf(type), codesTable(type)].join('\n\n')).join('\n\n');
}

function sectionsOf(type: StepType): string[] {
  const sections: string[] = [];
  addSection(`Config of \`${type.type}@${type.version}\``, configSchema(type.config), sections);
  return sections;
}

/** A table of an object's members, then one for each object among them. */
function addSection(title: string, schema: ConfigSchema, sections: string[]): void {
  const members = Object.entries(schema.properties ?? {});
  const rows = members.map(([name, member]) =>
    row(`\`${name}\``, typeOf(member), presence(name, member, schema), member.description ?? ''),
  );
  const table = [row('Member', 'Type', 'Default', 'Meaning'), row('---', '---', '---', '---'), ...rows].join(
    '\n',
  );
  sections.push(`### ${title}`, members.length === 0 ? 'No members.' : table);
  for (const [name, member] of members) {
    if (member.properties) addSection(`\`${name}\``, member, sections);
    else if (member.items?.properties) addSection(`Each of \`${name}\``, member.items, sections);
  }
}

function codesTable({ errorCodes }: StepType): string {
  const rows = Object.entries(errorCodes).map(([code, meaning]) => row(`\`${code}\``, meaning));
  return ['### Error codes', [row('Code', 'Meaning'), row('---', '---'), ...rows].join('\n')].join('\n\n');
}

function presence(name: string, member: ConfigSchema, parent: ConfigSchema): string {
  if (parent.required?.includes(name)) return 'required';
  return member.default === undefined ? '' : `\`${JSON.stringify(member.default)}\``;
}

function typeOf(schema: ConfigSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items) return `list of ${schema.items.properties ? 'objects' : typeOf(schema.items)}`;
  return [schema.type ?? 'any'].flat().map(nameOfType).join(' or ');
}

function nameOfType(type: string): string {
  return type === 'string' ? 'text' : type;
}

function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
