import { Problem, type ProblemDetail } from '../common/index.js';

/** Everything that a correction can be refused with, in the words of the API. */

export const correctionInProgress = (errors?: readonly ProblemDetail[]) =>
  new Problem(
    409,
    'correction_in_progress',
    'A correction is deciding about these records just now. Wait for it to end; where it is a reprocessing, cancel it, or resume its feed if that is paused.',
    { errors, retryAfterSeconds: 2 },
  );

export const importNotTerminal = (errors?: readonly ProblemDetail[]) =>
  new Problem(409, 'import_not_terminal', 'The import has not ended yet: wait until it is completed.', {
    errors,
    retryAfterSeconds: 2,
  });

export const notAnOrigin = (errors: readonly ProblemDetail[]) =>
  new Problem(422, 'invalid_selection', 'Corrections have no records of their own; see errors.', { errors });

export const nothingToReprocess = (ineligible: readonly { reason: string; count: number }[]) =>
  new Problem(
    409,
    'nothing_to_reprocess',
    ineligible.length
      ? `No record of the selection is eligible: ${ineligible.map((i) => `${i.count} ${i.reason}`).join(', ')}.`
      : 'The selection has no records.',
  );

export const selectionTooLarge = (records: number, limit: number) =>
  new Problem(
    422,
    'selection_too_large',
    `The selection has ${records} records; one reprocessing takes ${limit}. Select a shorter time.`,
  );

export const dryRunTooLarge = (records: number, limit: number) =>
  new Problem(
    422,
    'dry_run_too_large',
    `The selection has ${records} records; a dry run takes at most ${limit}. Try some of them.`,
  );

export const changeNotSettled = () =>
  new Problem(
    409,
    'change_not_settled',
    'Records are being decided by what was true before the change: what it heals is known once they have ended.',
    { retryAfterSeconds: 5 },
  );

export const nothingToRevert = (orphans: number) =>
  new Problem(
    409,
    'nothing_to_revert',
    orphans === 0
      ? 'No record of the import has live usage.'
      : `No record of the import has live usage. Its revert has left ${orphans} orphaned duplicates: GET .../orphans lists them.`,
  );

export const revertTheOrigin = (origin: string | null) =>
  new Problem(
    409,
    'revert_the_origin',
    `A correction cannot be reverted: revert ${origin ? `the import ${origin}` : 'the imports that it corrected'}, or reprocess them.`,
  );

export const periodClosed = (records: number) =>
  new Problem(
    409,
    'period_closed',
    `${records === 1 ? 'The usage is' : `Usage of ${records} records is`} dated in a closed period: reopen it, or have the feed accept late usage.`,
  );

export const usageNotLive = (detail: string) => new Problem(409, 'usage_not_live', detail);

export const dryRunNotSurvivable = (how: string) =>
  new Problem(
    422,
    'dry_run_not_survivable',
    `The process that ran these records ended: ${how}. Corrected, the record that does it becomes step_crashed.`,
  );

export const tooManyDryRuns = () =>
  new Problem(429, 'rate_limited', 'Too many dry runs are waiting just now.', { retryAfterSeconds: 1 });

export const usageKeyChanged = () =>
  new Problem(
    422,
    'usage_key_changed',
    'The record would have another usage key. Void the usage, and post the record as another.',
  );

/** What the profile, or the feed, says against an amended record. */
export const amendRejected = ({
  code,
  message,
  field,
}: {
  code: string;
  message: string;
  field: string | null;
}) =>
  new Problem(422, code, `The amended record is rejected: ${message}`, {
    errors: [
      {
        pointer: '/raw',
        code,
        message: field === null || message.includes(field) ? message : `${field}: ${message}`,
      },
    ],
  });

/** The profile leaves the amended record out: that would be another way to take the usage back. */
export const amendSkipped = (reason: string) =>
  new Problem(
    422,
    'amend_skipped',
    `The profile skips the amended record: ${reason}. Void the usage instead.`,
    {
      errors: [{ pointer: '/raw', code: reason, message: `the profile skips it: ${reason}` }],
    },
  );

/** What an amendment is refused with where the profile gives no other word. */
export const amendWithoutUsage = () =>
  new Problem(422, 'rejected', 'The profile makes no usage of the amended record. Void the usage instead.', {
    errors: [{ pointer: '/raw', code: 'rejected', message: 'becomes no usage' }],
  });
