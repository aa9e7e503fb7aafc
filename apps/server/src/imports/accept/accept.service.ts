import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { unavailable } from '../../common/index.js';
import { PG_POOL } from '../../database/index.js';
import type { FeedRow } from '../../feeds/index.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { Backlog } from './backlog.js';
import { findStanding } from './earlier-import.js';
import type { Progress } from './import-progress.js';
import type { NewImport } from './import-statement.js';
import { ImportWriter } from './import-writer.js';
import { type IncomingPost, IncomingPosts, type Post } from './incoming.js';
import { acceptedRecords } from './metrics.js';
import { readSource } from './post-headers.js';
import { toStoredBody } from './received-body.js';
import {
  feedDisabled,
  feedNotFound,
  idempotencyInProgress,
  idempotencyKeyReused,
  profileNotPublished,
} from './refusals.js';

/** What became of a post: its records are committed, now or by an earlier request with the same key. */
export interface Accepted extends Progress {
  readonly feed: FeedRow;
  readonly isReplay: boolean;
}

/** Takes usage in: one pass over the envelope, one statement, one commit. */
@Injectable()
export class AcceptService {
  /** Idempotency keys that this process is accepting. */
  private readonly inProgress = new Set<string>();

  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly incoming: IncomingPosts,
    private readonly backlog: Backlog,
    private readonly writer: ImportWriter,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** @throws Problem for a post to a feed by its id or API name */
  async accept(post: Post): Promise<Accepted> {
    return this.take(post, await this.incoming.read(post));
  }

  /** @throws Problem for a post to a feed by its id, API name or name */
  async acceptByAnyName(post: Post): Promise<Accepted> {
    return this.take(post, await this.incoming.readByAnyName(post));
  }

  private async take(post: Post, incoming: IncomingPost): Promise<Accepted> {
    const { feed, idempotencyKey } = incoming;
    const item = await toImport(post, incoming);
    if (idempotencyKey === null) return this.store(feed, item);
    const claim = `${feed.id} ${idempotencyKey}`;
    if (this.inProgress.has(claim)) throw idempotencyInProgress();
    this.inProgress.add(claim);
    try {
      return await this.store(feed, item);
    } finally {
      this.inProgress.delete(claim);
    }
  }

  private async store(feed: FeedRow, item: NewImport): Promise<Accepted> {
    if (!(await this.writer.write(item))) return this.explain(feed, item);
    this.dispatcher.ring();
    const { trackingId, total } = item;
    this.backlog.add(feed.id, total);
    acceptedRecords.inc({ feed: feed.apiName }, total);
    const counts = { total, imported: 0, exception: 0, skipped: 0, duplicate: 0, pending: total };
    return { trackingId, feed, status: 'queued', counts, isReplay: false };
  }

  /** Nothing was stored: an earlier import answers, or the reason why not. */
  private async explain(feed: FeedRow, { idempotency }: NewImport): Promise<Accepted> {
    const standing = await findStanding(this.pool, feed.id, idempotency?.key ?? null);
    if (!standing) throw feedNotFound(feed.apiName);
    const { earlier } = standing;
    if (earlier) {
      if (!earlier.sha256.equals(idempotency!.sha256)) throw idempotencyKeyReused();
      const { trackingId, status, counts } = earlier;
      return { trackingId, feed, status, counts, isReplay: true };
    }
    if (!standing.enabled) throw feedDisabled();
    if (!standing.published) throw profileNotPublished();
    // What stood in the way is gone by now: the claim of another process, or a feed just enabled.
    throw idempotency ? idempotencyInProgress() : unavailable();
  }
}

async function toImport({ caller, headers }: Post, incoming: IncomingPost): Promise<NewImport> {
  const { feed, idempotencyKey: key, type, contentType, received, total } = incoming;
  const sha256 = hash('sha256', received.bytes, 'buffer');
  return {
    trackingId: uuidv7(),
    feedId: feed.id,
    keyId: caller.keyId,
    source: readSource(headers['feedmill-source']),
    total,
    contentType,
    rawBytes: received.bytes.length,
    hasExactNumbers: incoming.hasExactNumbers,
    sha256,
    body: await toStoredBody(received),
    // Attributes that came as headers belong to what was sent.
    idempotency: key ? { key, sha256: hashed(type.event ? contentType : type.mediaType, sha256) } : null,
  };
}

const hashed = (what: string, body: Buffer): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(what), body]), 'buffer');
