import type { ApiClient } from '../../support/index.js';

/** A record of the feeds made here; what is not said is a unit of class `Data` from `+1`, now and then. */
export interface SentRecord {
  readonly at?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
  readonly inbound?: boolean;
  readonly credit?: boolean;
  readonly value?: string | number;
  readonly class?: string;
  readonly classType?: string;
  readonly ext?: Readonly<Record<string, unknown>>;
}

const FIELDS = [
  { field: 'date', from: 'at' },
  { field: 'identifierType', from: 'type', default: 'Unknown' },
  { field: 'originatingIdentifier', from: 'from' },
  { field: 'terminatingIdentifier', from: 'to' },
  { field: 'inbound', from: 'inbound', default: false },
  { field: 'reverseRating', from: 'credit', default: false },
  { field: 'value', from: 'value' },
  { field: 'usageClass', from: 'class' },
  { field: 'usageClassType', from: 'classType' },
];

let feeds = 0;

/** A feed whose records are mapped, then go through the steps given. Records sent come back as usage or exceptions. */
export async function createFeed(api: ApiClient, steps: readonly object[]) {
  const name = `pricing${++feeds}`;
  await api.post('/api/v1/profiles', { name });
  await api.post(`/api/v1/profiles/${name}/versions`, {
    decode: { use: 'decode-json@1', config: {} },
    steps: [{ use: 'map-fields@1', config: { fields: FIELDS, extensions: { from: 'ext' } } }, ...steps],
  });
  await api.post(`/api/v1/profiles/${name}/versions/1/publish`, { comment: 'for a test' });
  await api.post('/api/v1/feeds', {
    name,
    apiName: name,
    format: 'records',
    profile: name,
    usageKey: { fields: ['id'] },
  });
  let sent = 0;
  return {
    name,
    /** The usage or the exception of each record, in the order sent. */
    async send(...records: SentRecord[]) {
      const data = records.map((record) => ({
        id: `r${++sent}`,
        at: '2026-10-20T12:00:00Z',
        from: '+1',
        value: 1,
        class: 'Data',
        ...record,
      }));
      const { trackingId } = await api.importUsage(name, { data });
      const [usage, exceptions] = await Promise.all(
        ['usage', 'exceptions'].map((list) => api.list(`/api/v1/${list}`, { trackingId })),
      );
      return data.map((_, index) => [...usage!, ...exceptions!].find((row) => row.index === index));
    },
  };
}
