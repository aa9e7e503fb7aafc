import { Counter } from 'prom-client';

/** Records that were answered with 202, by feed (API name). */
export const acceptedRecords = new Counter({
  name: 'feedmill_accepted_records_total',
  help: 'Records accepted: committed in Postgres, not yet mediated.',
  labelNames: ['feed'] as const,
});
