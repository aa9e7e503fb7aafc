import type { ProblemDetail } from '../common/index.js';
import { RowReader } from './row-reader.js';
import { type IncomingRow, type LiveRow, validityLabel } from './versioned-rows.js';
import type { WrittenRow } from './written-rows.js';

/** What a source system calls a customer or service. */
export interface IdentifierValues {
  readonly type: string;
  readonly value: string;
  readonly accountId: string;
  readonly serviceId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly validFrom: number;
  readonly validTo: number;
}

export type IncomingIdentifier = IdentifierValues & IncomingRow;
export type LiveIdentifier = IdentifierValues & LiveRow;

/** Members of a row, and columns of a CSV beside `attributes.<name>`. */
export const IDENTIFIER_MEMBERS = [
  'type',
  'value',
  'accountId',
  'serviceId',
  'attributes',
  'validFrom',
  'validTo',
] as const;

/** Reads rows as they were written; for a deletion the owner may be left out. */
export function readIdentifiers(
  rows: readonly WrittenRow[],
  timeZone: string,
  problems: ProblemDetail[],
  isOwnerNeeded = true,
): IncomingIdentifier[] {
  return rows.map(({ members, pointer }) => {
    const row = new RowReader(members, pointer, problems, timeZone);
    row.refuseOthers(IDENTIFIER_MEMBERS);
    const owner = (name: string) =>
      isOwnerNeeded ? row.text(name, 200) : (row.optionalText(name, 200) ?? '');
    const values = {
      type: row.text('type', 200),
      value: row.text('value', 1000),
      accountId: owner('accountId'),
      serviceId: owner('serviceId'),
      attributes: row.texts('attributes'),
      ...row.validity(),
    };
    return { ...values, ...identifierRules(values), pointer };
  });
}

/** What versions compare of an identifier. */
export function identifierRules(values: IdentifierValues) {
  return {
    group: `${values.type}\n${values.value}`,
    content: JSON.stringify([values.accountId, values.serviceId, Object.entries(values.attributes).sort()]),
    label: `account ${values.accountId}, service ${values.serviceId}, ${validityLabel(values)}`,
  };
}
