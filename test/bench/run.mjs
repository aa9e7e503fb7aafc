import { Installation } from './installation.mjs';
import { aged } from './parts/aged.mjs';
import { corrections } from './parts/corrections.mjs';
import { exceptions } from './parts/exceptions.mjs';
import { idle } from './parts/idle.mjs';
import { latency } from './parts/latency.mjs';
import { single } from './parts/single.mjs';
import { throughput } from './parts/throughput.mjs';
import { Profiler } from './profiler.mjs';
import { describeRun, printPart, writePart } from './report.mjs';
import { Services } from './services.mjs';

const PARTS = { throughput, latency, single, exceptions, corrections, idle, aged };
export const PART_NAMES = Object.keys(PARTS);

/**
 * Runs the parts that were asked for.
 * @param options see bin/bench.mjs
 * @returns whether every figure was reached
 */
export async function runBenchmark(options) {
  const say = (line) => console.error(`  ${line}`);
  const services = await Services.start(options.dir, options.profile ? Profiler.postgresSettings : {});
  let installation = null;
  const stop = async () => {
    await installation?.stop().catch((error) => say(error.message));
    await services.stop();
  };
  const endEarly = () => void stop().finally(() => process.exit(130));
  process.once('SIGINT', endEarly).once('SIGTERM', endEarly);
  try {
    const profiler = options.profile ? new Profiler(options.profile, services.postgresLog) : null;
    const install = async () => (installation = await Installation.start(services, profiler));
    const run = await describeRun(services, options.args);
    console.log(`${run.machine}\n${run.versions}\n${run.settings}`);
    let isAllReached = true;
    for (const name of options.parts) {
      console.error(`\n${name}`);
      const part = await PARTS[name]({ services, options, install, say });
      printPart(part);
      if (options.write) writePart(name, part, run);
      isAllReached &&= part.reach.every(({ isReached }) => isReached);
    }
    return isAllReached;
  } finally {
    await stop();
  }
}
