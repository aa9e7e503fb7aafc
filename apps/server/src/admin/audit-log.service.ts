import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import {
  Conditions,
  DEFAULT_LIMIT,
  LIST_PARAMETERS,
  type Page,
  type ValuesOf,
  momentParameter,
  pageOf,
  readCursor,
  textParameter,
  toRfc3339,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';

/** What `GET /admin/audit` takes. */
export const AUDIT_FILTERS = {
  ...LIST_PARAMETERS,
  actor: textParameter(
    'Name of the key that changed something; boot, config and retention are Feedmill itself.',
  ),
  action: textParameter('What was done, e.g. `feed.changed`.'),
  subject: textParameter('What was changed, e.g. `feed/1`.'),
  from: momentParameter('From this moment on.'),
  to: momentParameter('Before this moment.'),
};

/** One change as the audit tells it. */
export class AuditView {
  id!: string;
  at!: string;
  actor!: string;
  /** Id of the key; null where Feedmill itself did it. */
  keyId!: string | null;
  action!: string;
  subject!: string;
  before!: object | null;
  after!: object | null;
  requestId!: string | null;
}

interface AuditRow {
  id: number;
  at: string;
  actor: string;
  public_id: string | null;
  action: string;
  subject: string;
  before: object | null;
  after: object | null;
  request_id: string | null;
}

/** Reads the audit; nobody changes it. */
@Injectable()
export class AuditLog {
  constructor(@Inject(PG_POOL) private readonly pool: pg.Pool) {}

  async list(filters: ValuesOf<typeof AUDIT_FILTERS>): Promise<Page<AuditView>> {
    const { limit = DEFAULT_LIMIT } = filters;
    const [before] = readCursor('audit', ['integer'], filters.cursor) ?? [];
    const where = new Conditions()
      .compare('a.actor =', filters.actor)
      .compare('a.action =', filters.action)
      .compare('a.subject =', filters.subject)
      .compare('a.at >=', filters.from)
      .compare('a.at <', filters.to)
      .compare('a.id <', before);
    const { rows } = await this.pool.query<AuditRow>(
      `SELECT a.*, k.public_id FROM audit a LEFT JOIN api_key k ON k.id = a.key_id ${where}
       ORDER BY a.id DESC LIMIT ${limit + 1}`,
      where.values,
    );
    return pageOf('audit', rows, limit, toView, (row) => [row.id]);
  }
}

function toView(row: AuditRow): AuditView {
  return {
    id: String(row.id),
    at: toRfc3339(row.at),
    actor: row.actor,
    keyId: row.public_id,
    action: row.action,
    subject: row.subject,
    before: row.before,
    after: row.after,
    requestId: row.request_id,
  };
}
