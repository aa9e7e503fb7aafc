import { Counter } from 'prom-client';
import type { Fact } from './retention.js';

const partitions = new Counter({
  name: 'feedmill_retention_dropped_partitions_total',
  help: 'Partitions dropped because all in them was older than its feeds keep it, by fact',
  labelNames: ['fact'],
});

const rows = new Counter({
  name: 'feedmill_retention_dropped_rows_total',
  help: 'Rows that have left with their partitions, by fact',
  labelNames: ['fact'],
});

export function countDropped(fact: Fact, count: number): void {
  partitions.inc({ fact });
  rows.inc({ fact }, count);
}
