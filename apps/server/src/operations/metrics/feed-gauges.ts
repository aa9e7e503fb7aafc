import { Injectable } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import { type FeedArrival, FeedArrivals } from '../feed-arrivals.js';

const GAUGES: readonly (readonly [
  name: string,
  help: string,
  of: (arrival: FeedArrival) => number | null,
])[] = [
  [
    'feedmill_feed_last_import_timestamp_seconds',
    'When the feed last sent usage, in seconds since 1970.',
    ({ lastAt }) => lastAt,
  ],
  [
    'feedmill_feed_quiet',
    '1 where the feed has sent nothing for longer than its expectEvery, else 0; only feeds that have one.',
    ({ isQuiet }) => (isQuiet === null ? null : Number(isQuiet)),
  ],
];

/** Gauges by feed, the same on every process. Absent while the database does not answer. */
@Injectable()
export class FeedGauges {
  constructor(arrivals: FeedArrivals) {
    for (const [name, help, of] of GAUGES) {
      register.removeSingleMetric(name);
      new Gauge({
        name,
        help: `${help} The same on every process.`,
        labelNames: ['feed'] as const,
        async collect() {
          const known = await arrivals.get().catch(() => []);
          this.reset();
          for (const arrival of known) {
            const value = of(arrival);
            if (value !== null) this.set({ feed: arrival.feed }, value);
          }
        },
      });
    }
  }
}
