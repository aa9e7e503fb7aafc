import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../../common/index.js';
import { rateLimited } from './refusals.js';

/** Posts per key in the second that is running, in this process. */
@Injectable()
export class RateLimit {
  private second = 0;
  private readonly counts = new Map<number, number>();

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** @throws Problem 429 */
  take(keyId: number): void {
    const limit = this.settings.maxRequestsPerSecond;
    if (limit === 0) return;
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.second) {
      this.second = second;
      this.counts.clear();
    }
    const count = (this.counts.get(keyId) ?? 0) + 1;
    if (count > limit) throw rateLimited(limit);
    this.counts.set(keyId, count);
  }
}
