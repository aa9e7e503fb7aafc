import { hexHash } from 'feedmill/pipeline';

/** Counted up when the algorithm changes, so that old and new groups never mix in silence. */
export const FINGERPRINT_VERSION = 1;

/** What differs from record to record is taken out of a message: quoted texts and numbers. */
export function normaliseMessage(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"/g, '"…"').replace(/\d+(?:\.\d+)?/g, '#');
}

/** 16 bytes in hexadecimal that are equal for exceptions of one cause: code, step, field and normalised message. */
export function fingerprint(
  code: string,
  step: string | null,
  field: string | null,
  message: string,
): string {
  return hexHash(JSON.stringify([FINGERPRINT_VERSION, code, step, field, normaliseMessage(message)]), 16);
}
