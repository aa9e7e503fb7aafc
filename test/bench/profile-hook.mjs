/**
 * Loaded into the server's processes by `--profile`: the first SIGWINCH begins a CPU profile, the second one writes it to
 * the folder FEEDMILL_BENCH_PROFILES, named by process id. SIGUSR1 is Node's own, and SIGUSR2 shuts Nest down.
 */
import { Session } from 'node:inspector';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SAMPLING_MICROSECONDS = 500;

const session = new Session();
let isProfiling = false;

process.on('SIGWINCH', () => {
  if (!isProfiling) {
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
    session.post('Profiler.start');
  } else {
    session.post('Profiler.stop', (_, { profile }) => {
      writeFileSync(
        join(process.env.FEEDMILL_BENCH_PROFILES, `${process.pid}.cpuprofile`),
        JSON.stringify(profile),
      );
    });
    session.disconnect();
  }
  isProfiling = !isProfiling;
});
