import { HIDDEN } from '../common/index.js';
import type { ExceptionRow } from './exception-query.js';
import { maskedText } from './masked-exception.js';

/** Rejections by the usage key: the ledger itself writes their details, of quantities, money and import names. */
const CONFLICTS: ReadonlySet<string> = new Set(['usage_key_conflict', 'period_closed', 'nothing_to_cancel']);

/** Details as viewers see them: of a conflict both sides, of others the names alone. */
export function maskedDetails({ stage, code, details }: ExceptionRow): unknown {
  if (details === null) return null;
  if (stage !== 'store' || !CONFLICTS.has(code)) return maskedText(details);
  const { replaceWhen, ...sides } = JSON.parse(details) as { replaceWhen?: unknown };
  // Why a condition failed may repeat anything of either side.
  return replaceWhen === undefined ? sides : { ...sides, replaceWhen: HIDDEN };
}
