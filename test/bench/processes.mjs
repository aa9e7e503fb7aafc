/** What processes have used, from /proc (Linux). */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

let ticksPerSecond = 0;

/** CPU seconds of a process, of its ended children apart, and its parent; null where it is gone. */
function statOf(pid) {
  ticksPerSecond ||= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The command, in parentheses, may hold blanks: fields are counted from behind it, the state first.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const seconds = (user, system) => (Number(fields[user]) + Number(fields[system])) / ticksPerSecond;
  return { parent: Number(fields[1]), own: seconds(11, 12), endedChildren: seconds(13, 14) };
}

/** All processes below `pid`, that one not among them. */
export function descendantsOf(pid) {
  const childrenOf = new Map();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(name) : null;
    if (stat) childrenOf.set(stat.parent, [...(childrenOf.get(stat.parent) ?? []), Number(name)]);
  }
  const found = [];
  for (const queue = [pid]; queue.length > 0;) {
    const children = childrenOf.get(queue.pop()) ?? [];
    found.push(...children);
    queue.push(...children);
  }
  return found;
}

/** CPU seconds so far of a process itself. */
export const ownCpu = (pid) => statOf(pid)?.own ?? 0;

/** CPU seconds so far of all processes below `pid`, also those that have ended. */
export function cpuBelow(pid) {
  const below = descendantsOf(pid).map(statOf).filter(Boolean);
  const ended = (statOf(pid)?.endedChildren ?? 0) + below.reduce((sum, s) => sum + s.endedChildren, 0);
  return ended + below.reduce((sum, s) => sum + s.own, 0);
}

/** The most memory that a process has ever had resident, in MiB; shared memory of Postgres counts in each process. */
export function peakMemoryOf(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  } catch {
    return 0;
  }
}

/** From now on, the most memory of a process is what it has from now on. */
export function forgetPeakMemoryOf(pid) {
  const PEAK_RSS = '5';
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, PEAK_RSS);
  } catch {
    // It has ended.
  }
}
