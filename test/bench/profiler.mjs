import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectDir } from '../../bin/build.mjs';
import { plainTable } from './format.mjs';

const HOOK = new URL('profile-hook.mjs', import.meta.url).href;
const WRITE_TIMEOUT_MS = 20_000;
const LISTED = 40;

/** Where CPU and time go in the server's processes and in Postgres, for `--profile`. It costs speed itself. */
export class Profiler {
  #folder;
  #postgresLog;
  #logOffset = 0;
  #count = 0;

  /** Settings of Postgres that log how long each statement took. */
  static postgresSettings = {
    log_min_duration_statement: '0',
    log_parameter_max_length: '0',
    log_line_prefix: '',
  };

  constructor(folder, postgresLog) {
    this.#folder = folder;
    this.#postgresLog = postgresLog;
    mkdirSync(folder, { recursive: true });
    this.env = { NODE_OPTIONS: `--import=${HOOK}`, FEEDMILL_BENCH_PROFILES: folder };
  }

  async begin(pids) {
    this.#logOffset = statSync(this.#postgresLog).size;
    for (const pid of Object.values(pids).flat()) process.kill(pid, 'SIGWINCH');
  }

  /** Writes `NN-api.cpuprofile` and such, and `NN-summary.txt`. */
  async end(pids) {
    const number = String(++this.#count).padStart(2, '0');
    const statements = statementTimes(
      readFileSync(this.#postgresLog).subarray(this.#logOffset).toString('utf8'),
    );
    const lines = ['Statements of Postgres, by time:', ...statements];
    for (const [name, group] of Object.entries(pids)) {
      for (const [i, pid] of group.entries()) {
        process.kill(pid, 'SIGWINCH');
        const file = join(this.#folder, `${number}-${name}${group.length > 1 ? i + 1 : ''}.cpuprofile`);
        await written(join(this.#folder, `${pid}.cpuprofile`), file);
        const profile = JSON.parse(readFileSync(file, 'utf8'));
        lines.push('', `${name} (process ${pid}), CPU:`, ...cpuTimes(profile));
      }
    }
    writeFileSync(join(this.#folder, `${number}-summary.txt`), `${lines.join('\n')}\n`);
  }
}

async function written(from, to) {
  const deadline = Date.now() + WRITE_TIMEOUT_MS;
  for (let size = -1; ;) {
    if (existsSync(from) && statSync(from).size === size && size > 0) break;
    if (Date.now() > deadline) throw new Error(`no profile came: ${from}`);
    size = existsSync(from) ? statSync(from).size : -1;
    await sleep(200);
  }
  renameSync(from, to);
}

/** Files and functions by the time spent in themselves, and functions by the time with all they call. */
function cpuTimes({ nodes, samples, timeDeltas }) {
  const own = new Map();
  samples.forEach((id, i) => count(own, id, timeDeltas[i]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const [functions, files, inclusive] = [new Map(), new Map(), new Map()];
  let total = 0;
  for (const [id, time] of own) {
    const { functionName, url } = byId.get(id).callFrame;
    // Taking the profile shows in it as the inspector's `dispatch`.
    if (functionName === '(idle)' || (functionName === 'dispatch' && !url)) continue;
    total += time;
    count(functions, nameOf(byId.get(id)), time);
    count(files, url ? placeOf(url) : functionName, time);
    const callers = new Set();
    for (let at = id; at !== undefined; at = parents.get(at)) callers.add(nameOf(byId.get(at)));
    for (const name of callers) count(inclusive, name, time);
  }
  const table = (title, times) => {
    const rows = top(times).map(([name, time]) => [
      name,
      `${((100 * time) / total).toFixed(1)} %`,
      `${(time / 1e6).toFixed(2)} s`,
    ]);
    return ['', ...plainTable({ columns: [title, 'share', 'time'], rows })];
  };
  return [
    `${(total / 1e6).toFixed(1)} s not idle`,
    ...table('file, own time', files),
    ...table('function, own time', functions),
    ...table('function, with all it calls', inclusive),
  ];
}

function nameOf({ callFrame: { functionName, url, lineNumber } }) {
  return `${functionName || '(anonymous)'}${url ? ` ${placeOf(url)}:${lineNumber + 1}` : ''}`;
}

function placeOf(url) {
  const path = decodeURI(url).replace(/^file:\/\//, '');
  return path.startsWith(projectDir) ? path.slice(projectDir.length + 1) : path;
}

/** Time by statement; of a statement in several steps (parse, bind, execute) the sum. COPY counts its wait for the data. */
function statementTimes(log) {
  const times = new Map();
  const counts = new Map();
  const pattern =
    /duration: ([\d.]+) ms {2}(?:(?:statement|(?:parse|bind|execute)(?: [^:]*)?): )([^\n]*(?:\n[ \t]+[^\n]*)*)/g;
  for (const [whole, milliseconds, text] of log.matchAll(pattern)) {
    const name = text.replace(/\s+/g, ' ').slice(0, 90);
    count(times, name, Number(milliseconds));
    if (!/ {2}(?:parse|bind)/.test(whole)) count(counts, name, 1);
  }
  const rows = top(times).map(([name, time]) => [
    name,
    String(counts.get(name) ?? 0),
    `${(time / 1000).toFixed(2)} s`,
    `${(time / (counts.get(name) ?? 1)).toFixed(2)} ms`,
  ]);
  return plainTable({ columns: ['statement', 'times', 'in all', 'each'], rows });
}

const count = (map, name, amount) => map.set(name, (map.get(name) ?? 0) + amount);
const top = (map) => [...map].sort((a, b) => b[1] - a[1]).slice(0, LISTED);
