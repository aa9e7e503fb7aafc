const ROW =
  '2022-05-01T01:01:00.01,Unknown,4038675309,4038675345,648-688-4180,94,False,False,data_class,Data_1,2022-05-01T01:01:00.01';

const RECORD = {
  Date: '2026-04-16T14:32:00Z',
  UdrIdentifierTypeName: 'Unknown',
  OriginatingIdentifier: 'acct-100045',
  TerminatingIdentifier: 'svc-api-gateway',
  UdrUsageIdentifier: 'evt-20260416-00012345',
  Value: 1250,
  UsageClassName: 'API Requests',
  UsageClassTypeName: 'Requests',
  Inbound: false,
  PrimaryDataRow: 1,
  Extensions: { region: 'us-east-1', plan: 'growth', operation: 'generateReport' },
};

const EVENT = {
  specversion: '1.0',
  type: 'api.requests',
  source: '/gateway',
  id: 'evt-20260416-00012345',
  data: RECORD,
};

/** Bodies of the ingest route by content type. The first two work on the demo as they stand. */
export const INGEST_EXAMPLES = {
  'application/json': {
    rows: { summary: 'Rows, for a feed of format rows (demo: usageCsv)', value: { data: [ROW] } },
    record: { summary: 'One record, for a feed of format records (demo: usageJson)', value: RECORD },
    records: { summary: 'Several records', value: { data: [RECORD] } },
    array: { summary: 'Several records, without an envelope', value: [RECORD] },
  },
  'text/csv': { rows: { summary: 'Rows by RFC 4180', value: `${ROW}\n` } },
  'application/x-ndjson': { records: { summary: 'One record a line', value: `${JSON.stringify(RECORD)}\n` } },
  'application/cloudevents+json': { event: { summary: 'A CloudEvent', value: EVENT } },
  'application/cloudevents-batch+json': { events: { summary: 'Several CloudEvents', value: [EVENT] } },
};

/** RFC 9457, as every refusal is. */
export const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'A sentence for the person who has to act on it.' },
    code: { type: 'string', description: 'Stable, snake_case.', example: 'invalid_parameter' },
    requestId: { type: 'string', description: 'The `x-request-id` of the answer; the server logs it.' },
    errors: {
      type: 'array',
      maxItems: 100,
      description: 'Every problem that was found.',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: { pointer: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};
