import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/index.js';

/** Whatever runs SQL in the transaction of the change: a pg client, or TypeORM's entity manager. */
export interface Sql {
  query(text: string, parameters?: unknown[]): Promise<unknown>;
}

/** Who changes something: the caller of a request, or the program itself. */
export type Actor =
  | (Pick<Caller, 'keyId' | 'name'> & Partial<Pick<Caller, 'feeds'>>)
  | 'boot'
  | 'config'
  | 'retention'
  | 'auto-heal';

/** Who changes something, and in which request. */
export interface ChangedBy {
  readonly actor: Actor;
  readonly requestId: string | null;
}

/** One audited change. `before` and `after` never hold secrets; null where there was or is nothing. */
export interface AuditedChange {
  /** `<subject type>.<past participle>`, e.g. `feed.changed`. */
  readonly action: string;
  /** What was changed, e.g. `feed/12`. */
  readonly subject: string;
  readonly before: object | null;
  readonly after: object | null;
}

/** The record of who changed what: written in the transaction of the change, so that neither is without the other. */
@Injectable()
export class Audit {
  async record(sql: Sql, { actor, requestId }: ChangedBy, change: AuditedChange): Promise<void> {
    const { action, subject, before, after } = change;
    await sql.query(
      `INSERT INTO audit (key_id, actor, action, subject, before, after, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        typeof actor === 'string' ? null : actor.keyId,
        typeof actor === 'string' ? actor : actor.name,
        action,
        subject,
        before && JSON.stringify(before),
        after && JSON.stringify(after),
        requestId,
      ],
    );
  }
}
