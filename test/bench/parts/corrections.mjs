import { fixed, range, whole } from '../format.mjs';
import { measure } from '../measure.mjs';
import { expect } from '../oracle.mjs';
import { median, summary } from '../statistics.mjs';
import { verify, verifyCorrected } from '../verify.mjs';
import { RATE_PLAN, ratePlan } from '../workload.mjs';

const PER_REQUEST = 1000;
const IN_FLIGHT = 8;
const FEED = 'corrected';
const WARM_UP_FEED = 'warmUp';
const PRICES_TIMES = 2n;
const PER = 100_000;
/** Of a child that corrects, as a share of what it has when it imports. */
const MEMORY_SHARE = 1.5;

/**
 * Records are imported, and then all of them decided again: first where nothing has changed, then with another price for
 * everything. On one installation, so that all three see the same machine.
 */
export async function corrections({ options, install, say }) {
  const runs = [];
  for (let run = 1; run <= options.runs; run++) {
    const installation = await install();
    try {
      runs.push(await runOnce(installation, options));
    } finally {
      await installation.stop();
    }
    const { importing, unchanged, changed } = runs.at(-1);
    say(
      `run ${run}: imported ${whole(importing.rate)}, unchanged ${whole(unchanged.rate)}, changed ${whole(changed.rate)} records/s`,
    );
  }
  return report(options, runs);
}

async function runOnce(installation, options) {
  const main = {
    first: 0,
    records: options.corrected,
    perRequest: PER_REQUEST,
    keys: 'ascending',
    mix: 'usual',
  };
  const warmUp = { ...main, records: options.warmUp };
  for (const feed of [FEED, WARM_UP_FEED]) await installation.createFeed(feed);
  await installation.restartApi();
  if (warmUp.records) await installation.send(WARM_UP_FEED, warmUp, IN_FLIGHT);

  installation.forgetPeakMemory();
  const imported = await installation.measured(() => measure(installation, FEED, main, IN_FLIGHT));
  const importing = { rate: imported.rated, cpu: imported.cpu, memory: installation.peakMemory() };
  await verify(installation, FEED, [main]);

  const unchanged = await installation.measured(() => reprocess(installation, main.records));
  await verifyCorrected(installation, FEED, main, 1n, 0);

  await installation.call('PUT', `/rate-plans/${RATE_PLAN}`, ratePlan(PRICES_TIMES));
  const changed = await installation.measured(() => reprocess(installation, main.records));
  await verifyCorrected(installation, FEED, main, PRICES_TIMES, 2 * expect(main).counts.imported);
  return { importing, unchanged, changed };
}

/** Decides all records of the feed again: how fast, and with which memory. */
async function reprocess(installation, records) {
  installation.forgetPeakMemory();
  const cpuBefore = installation.cpu();
  const beganAt = Date.now();
  const { reprocessId, eligible } = await installation.call('POST', '/admin/reprocess', {
    selection: { filter: { feed: FEED } },
    mode: 'all',
    reason: 'benchmark',
  });
  if (eligible !== records) throw new Error(`${eligible} records are eligible, expected ${records}`);
  await installation.untilRated();
  const seconds = (Date.now() - beganAt) / 1000;
  const askedAt = performance.now();
  const { status } = await installation.call('GET', `/admin/reprocess/${reprocessId}`);
  const progressMs = performance.now() - askedAt;
  if (status !== 'completed') throw new Error(`the reprocessing is ${status}`);
  const cpu = Object.entries(installation.cpu()).map(([name, after]) => [
    name,
    ((after - cpuBefore[name]) * PER) / records,
  ]);
  return {
    rate: records / seconds,
    cpu: Object.fromEntries(cpu),
    memory: installation.peakMemory(),
    progressMs,
  };
}

function report({ corrected, warmUp, runs: count }, runs) {
  const kinds = ['importing', 'unchanged', 'changed'];
  const row = (title, read, format) => [
    title,
    ...kinds.map((kind) => range(summary(runs.map((run) => read(run[kind]))), format)),
  ];
  const ratio = (kind) => median(runs.map((run) => run[kind].rate / run.importing.rate));
  const peak = (kind, name) => Math.max(...runs.map((run) => run[kind].memory[name]));
  const share = Math.max(
    ...['unchanged', 'changed'].map((kind) => peak(kind, 'worker child') / peak('importing', 'worker child')),
  );
  const api = Math.max(...['unchanged', 'changed'].map((kind) => peak(kind, 'api'))) * 1.048576;
  const [first] = runs;
  return {
    title: 'Reprocessing',
    intro:
      `${whole(corrected)} JSON records of the usual mix, imported after a warm-up of ${whole(warmUp)} and then decided again ` +
      `(mode \`all\`) twice: nothing has changed; every price has. ${count} run(s), median and range.`,
    table: {
      columns: ['', 'importing', 'reprocessing, unchanged', 'reprocessing, every price changed'],
      rows: [
        row('records/s', ({ rate }) => rate),
        ...Object.keys(first.importing.cpu).map((name) =>
          row(`CPU s per 100,000: ${name}`, ({ cpu }) => cpu[name], fixed(2)),
        ),
        ...['api', 'worker supervisor', 'worker child'].map((name) =>
          row(`peak memory, MiB: ${name}`, ({ memory }) => memory[name]),
        ),
        [
          'progress, asked for once, in the end, ms',
          '',
          ...kinds.slice(1).map((kind) => range(summary(runs.map((run) => run[kind].progressMs)), whole)),
        ],
      ],
    },
    reach: [
      ...['unchanged', 'changed'].map((kind) => ({
        what: `reprocessing, ${kind}, of the rate of importing`,
        asked: 'at least 0.5',
        got: ratio(kind).toFixed(2),
        isReached: ratio(kind) >= 0.5,
      })),
      {
        what: 'peak memory of the API while it reprocesses',
        asked: 'under 300 MB',
        got: `${whole(api)} MB`,
        isReached: api < 300,
      },
      {
        what: 'peak memory of a child that reprocesses, of one that imports',
        asked: `at most ${MEMORY_SHARE}`,
        got: share.toFixed(2),
        isReached: share <= MEMORY_SHARE,
      },
    ],
  };
}
