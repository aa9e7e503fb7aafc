import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const PER = 100_000;

/**
 * Sends a stream to a feed and says what that took.
 * @param meanwhile runs beside it, and is waited for
 */
export async function measure(installation, feed, stream, inFlight, meanwhile = () => Promise.resolve()) {
  const { records } = stream;
  const { requests } = await installation.load.prepare(stream);
  const [cpuBefore, busyBefore, walBefore] = [
    installation.cpu(),
    busySeconds(),
    await walPosition(installation),
  ];
  const [posted] = await Promise.all([installation.post(feed, inFlight), meanwhile()]);
  const pendingBehind = await installation.pendingRecords();
  await installation.untilRated();
  const seconds = (Date.now() - posted.beganAt) / 1000;
  const [cpuAfter, busyAfter, walAfter] = [
    installation.cpu(),
    busySeconds(),
    await walPosition(installation),
  ];
  const used = Object.entries(cpuAfter).map(([name, after]) => [name, after - cpuBefore[name]]);
  const usedInAll = used.reduce((sum, [, cpu]) => sum + cpu, 0);
  return {
    requests,
    accepted: records / posted.seconds,
    rated: records / seconds,
    seconds,
    /** Records that were accepted and not rated yet, when the last answer had come. */
    pendingBehind,
    milliseconds: posted.milliseconds,
    cpu: Object.fromEntries(used.map(([name, cpu]) => [name, (cpu * PER) / records])),
    /** Share of the machine's cores that others took: what disturbs a measurement. */
    disturbance: Math.max(0, (busyAfter - busyBefore - usedInAll) / (seconds * cpus().length)),
    walBytes: (walAfter - walBefore) / records,
  };
}

/** CPU seconds that all processes of the machine have used so far. */
function busySeconds() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .split(/ +/)
    .slice(1)
    .map(Number);
  const TICKS_A_SECOND = 100;
  return (user + nice + system + irq + softirq + steal) / TICKS_A_SECOND;
}

async function walPosition(installation) {
  const { rows } = await installation.database.query(`SELECT pg_current_wal_lsn() - '0/0' AS bytes`);
  return Number(rows[0].bytes);
}
