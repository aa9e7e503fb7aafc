import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { projectDir } from '../../bin/build.mjs';
import { markdownTable, plainTable } from './format.mjs';

export const DOCUMENT = join(projectDir, 'docs/benchmarks.md');

/** Where and with what was measured. */
export async function describeRun(services, args) {
  const show = (name) =>
    services.asAdmin(async (client) => (await client.query(`SHOW ${name}`)).rows[0][name]);
  const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size'];
  const shown = await Promise.all(settings.map(async (name) => `${name} ${await show(name)}`));
  const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8'));
  const redis = /v=(\S+)/.exec(execFileSync(services.redisProgram, ['--version'], { encoding: 'utf8' }));
  const processors = cpus();
  return {
    command: ['npm run bench', ...(args.length ? ['--', ...args] : [])].join(' '),
    date: new Date().toISOString().slice(0, 10),
    machine: `${processors.length} cores (${processors[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}`,
    versions: `Feedmill ${version}${commit()}, Node ${process.versions.node}, PostgreSQL ${await show('server_version')}, Redis ${redis?.[1] ?? ''}`,
    settings: shown.join(', '),
  };
}

function commit() {
  try {
    const git = (...args) =>
      execFileSync('git', args, { cwd: projectDir, encoding: 'utf8', stdio: 'pipe' }).trim();
    return ` (commit ${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '-uno') ? ' and changes' : ''})`;
  } catch {
    return '';
  }
}

export function printPart({ title, intro, table, reach }) {
  const lines = ['', title, intro, '', ...plainTable(table), ''];
  for (const { what, asked, got, isReached } of reach) {
    lines.push(`${isReached ? 'reached    ' : 'NOT REACHED'}  ${what}: ${got} (asked: ${asked})`);
  }
  console.log(lines.join('\n'));
}

/** Puts the section of a part into docs/benchmarks.md, between its marks; everything else there stays. */
export function writePart(name, part, run) {
  const [begin, end] = [`<!-- bench ${name} -->`, `<!-- end of ${name} -->`];
  const text = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '';
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`${DOCUMENT} has no place for "${name}": it wants ${begin} and ${end}.`);
  writeFileSync(DOCUMENT, text.slice(0, from) + `${begin}\n${markdownOf(part, run)}\n` + text.slice(to));
}

function markdownOf({ title, intro, table, reach }, { command, date, machine, versions, settings }) {
  const reached = {
    columns: ['to reach', 'asked', 'measured', ''],
    rows: reach.map(({ what, asked, got, isReached }) => [
      what,
      asked,
      got,
      isReached ? 'reached' : '**not reached**',
    ]),
  };
  return [
    `## ${title}`,
    '',
    intro,
    '',
    ...markdownTable(table),
    '',
    ...markdownTable(reached),
    '',
    `\`${command}\`, ${date}. ${machine}. ${versions}; ${settings}.`,
  ].join('\n');
}
