/** The two fields that nearly every entry was resolved by take one letter in the ledger. */
const LETTERS: Readonly<Record<string, string>> = { originatingIdentifier: 'o', terminatingIdentifier: 't' };
const NAMES = new Map(Object.entries(LETTERS).map(([name, letter]) => [letter, name]));

/** The name of a resolved field as the ledger keeps it. */
export const toStoredField = (name: string): string => LETTERS[name] ?? name;

/** The name of a resolved field as kept by `toStoredField`. */
export const fromStoredField = (stored: string): string => NAMES.get(stored) ?? stored;
