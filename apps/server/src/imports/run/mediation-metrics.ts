import { Counter, Histogram } from 'prom-client';
import type { BatchReport } from './batch-runner.js';

const verdicts = new Counter({
  name: 'feedmill_verdicts_total',
  help: 'Records by feed, verdict and code (exception code or skip reason)',
  labelNames: ['feed', 'verdict', 'code'],
});

const batchSeconds = new Histogram({
  name: 'feedmill_chunk_seconds',
  help: 'Seconds from claim to commit of a batch of chunks',
  labelNames: ['feed'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
});

const troubles = new Counter({
  name: 'feedmill_batch_troubles_total',
  help: 'Batches that are tried again, by cause: system (database, disk) or death (the child ended)',
  labelNames: ['cause'],
});

export function countBatch(report: BatchReport | null): void {
  if (!report) return void troubles.inc({ cause: 'death' });
  if (report.trouble) return void troubles.inc({ cause: 'system' });
  if (!report.verdicts) return;
  const feed = report.feed!;
  for (const [name, count] of Object.entries(report.verdicts)) {
    const [verdict, code = ''] = name.split(' ');
    verdicts.inc({ feed, verdict: verdict!, code }, count);
  }
  batchSeconds.observe({ feed }, report.milliseconds! / 1000);
}
