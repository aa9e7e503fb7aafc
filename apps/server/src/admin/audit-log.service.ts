import { Inject, Injectable, type StreamableFile } from '@nestjs/common';
import type pg from 'pg';
import {
  Conditions,
  DEFAULT_LIMIT,
  EXPORT_PAGE,
  type ExportColumn,
  LIST_PARAMETERS,
  type Page,
  type ValuesOf,
  exportFile,
  exportFormatParameter,
  momentParameter,
  pageOf,
  readCursor,
  textParameter,
  toRfc3339,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';

const FILTERS = {
  actor: textParameter(
    'Name of the key that changed something; boot, config, retention and auto-heal are Feedmill itself.',
  ),
  action: textParameter('What was done, e.g. `feed.changed`.'),
  subject: textParameter('What was changed, e.g. `feed/1`.'),
  keyId: textParameter('Id of the key that changed something.'),
  from: momentParameter('From this moment on.'),
  to: momentParameter('Before this moment.'),
};

/** What `GET /admin/audit` takes. */
export const AUDIT_LIST = { ...LIST_PARAMETERS, ...FILTERS };

/** What `GET /admin/audit/export` takes. */
export const AUDIT_EXPORT = { ...FILTERS, format: exportFormatParameter };

const COLUMNS = (
  ['id', 'at', 'actor', 'keyId', 'action', 'subject', 'before', 'after', 'requestId'] as const
).map((title): ExportColumn<AuditView> => ({ title, value: (change) => change[title] }));

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

  /** All that the filters leave, as a file. */
  export({ format = 'csv', ...filters }: ValuesOf<typeof AUDIT_EXPORT>): Promise<StreamableFile> {
    return exportFile('audit', format, COLUMNS, (cursor) =>
      this.list({ ...filters, limit: EXPORT_PAGE, cursor }),
    );
  }

  async list(filters: ValuesOf<typeof AUDIT_LIST>): Promise<Page<AuditView>> {
    const { limit = DEFAULT_LIMIT } = filters;
    const [before] = readCursor('audit', ['integer'], filters.cursor) ?? [];
    const where = new Conditions()
      .compare('a.actor =', filters.actor)
      .compare('a.action =', filters.action)
      .compare('a.subject =', filters.subject)
      .compare('k.public_id =', filters.keyId)
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
