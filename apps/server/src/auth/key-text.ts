import { createHash, randomBytes } from 'node:crypto';

/** 5 bits a character: 12 characters name a key, 32 characters (160 bits) are its secret. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz023456789';
const PUBLIC_ID_LENGTH = 12;
const SECRET_LENGTH = 32;
const ISSUED_KEY = /^fm_([a-z0-9]{12,16})_[a-z0-9]{32}$/;

/** What a header can carry and we look up: keys we issued, and bootstrap keys of the operator's own making. */
const PLAUSIBLE_KEY = /^[\x21-\x7e]{32,512}$/;

export interface NewKey {
  readonly publicId: string;
  /** Shown once, never stored. */
  readonly text: string;
}

/** A fresh key; with the public id of a key that is being rotated. */
export function newKey(publicId = randomText(PUBLIC_ID_LENGTH)): NewKey {
  return { publicId, text: `fm_${publicId}_${randomText(SECRET_LENGTH)}` };
}

/** Whether a text can be a key at all; everything else is refused without a look into the database. */
export function isPlausibleKey(text: string): boolean {
  return PLAUSIBLE_KEY.test(text);
}

/** The public id that a key is stored under. A key of another form than ours gets one derived from its text. */
export function publicIdOf(text: string): string {
  return (
    ISSUED_KEY.exec(text)?.[1] ??
    createHash('sha256').update(`public id of ${text}`).digest('hex').slice(0, 16)
  );
}

/** What is stored of a key: the whole text, hashed. Keys are random, so no slow hash is needed. */
export function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte & 31]).join('');
}
