import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { ChangedBy } from '../admin/index.js';
import {
  Conditions,
  type Page,
  type ProblemDetail,
  DEFAULT_LIMIT,
  pageOf,
  readCursor,
} from '../common/index.js';
import { PG_POOL } from '../database/index.js';
import type { ChangeAnswer } from './change-answer.js';
import { ChangeStore, requireNone } from './change-store.js';
import { liveIdentifiers, writeIdentifiers } from './identifier-rows.js';
import {
  IDENTIFIER_COLUMNS,
  type IdentifierRow,
  type IdentifierView,
  toIdentifierView,
} from './identifier-view.js';
import { type IncomingIdentifier, type LiveIdentifier, readIdentifiers } from './identifier.js';
import type { IdentifierFilters } from './reference-queries.js';
import { type RowChange, addClashes, overlapsInGroups, planClose, planUpsert } from './versioned-rows.js';
import type { WrittenRow } from './written-rows.js';

const INVALID = 'invalid_identifiers';

/** Rows as they came, from a request or from a file. */
export interface WrittenIdentifiers {
  readonly rows: readonly WrittenRow[];
  readonly timeZone: string;
  /** What was found wrong on the way here. */
  readonly problems: ProblemDetail[];
}

/** Who identifiers belong to, by date. */
@Injectable()
export class IdentifiersService {
  constructor(
    @Inject(PG_POOL) private readonly pool: pg.Pool,
    private readonly store: ChangeStore,
  ) {}

  /** @throws Problem 422 `invalid_identifiers` with every problem and its row; then nothing is stored */
  async upsert(by: ChangedBy, { rows, timeZone, problems }: WrittenIdentifiers): Promise<ChangeAnswer> {
    const incoming = readIdentifiers(rows, timeZone, problems);
    addClashes(incoming, overlapsInGroups, problems);
    requireNone(INVALID, problems);
    return this.change(by, incoming, (live, found) => planUpsert(live, incoming, overlapsInGroups, found));
  }

  /** Ends rows, known by type, value and `validFrom`. */
  async remove(by: ChangedBy, { rows, timeZone, problems }: WrittenIdentifiers): Promise<ChangeAnswer> {
    const incoming = readIdentifiers(rows, timeZone, problems, false);
    requireNone(INVALID, problems);
    return this.change(by, incoming, (live, found) => planClose(live, incoming, found));
  }

  async list(filters: IdentifierFilters, isMasked: boolean): Promise<Page<IdentifierView>> {
    const { limit = DEFAULT_LIMIT } = filters;
    const [before] = readCursor('identifiers', ['integer'], filters.cursor) ?? [];
    const where = new Conditions()
      .add('closed_version IS NULL')
      .compare('type =', filters.type)
      .compare('value =', filters.value)
      .compare('account_id =', filters.accountId)
      .compare('service_id =', filters.serviceId)
      .compare('valid_from <=', filters.validAt)
      .compare('valid_to >', filters.validAt)
      .compare('id <', before);
    const sql = `SELECT ${IDENTIFIER_COLUMNS} FROM identifier ${where} ORDER BY id DESC LIMIT ${limit + 1}`;
    const { rows } = await this.pool.query<IdentifierRow>(sql, where.values);
    return pageOf(
      'identifiers',
      rows,
      limit,
      (row) => toIdentifierView(row, isMasked),
      (row) => [row.id],
    );
  }

  private change(
    by: ChangedBy,
    incoming: readonly IncomingIdentifier[],
    plan: (live: readonly LiveIdentifier[], problems: ProblemDetail[]) => RowChange<IncomingIdentifier>,
  ): Promise<ChangeAnswer> {
    return this.store.change(by, INVALID, async (client, problems) => {
      const values = [...new Set(incoming.map(({ value }) => value))];
      const rows = plan(await liveIdentifiers(client, values), problems);
      return {
        kind: 'identifiers',
        subject: 'identifiers',
        facts: {},
        rows,
        write: (writer, version) => writeIdentifiers(writer, rows, version),
      };
    });
  }
}
