/** Digits behind the point that every quantity and amount fits into. */
const SCALE = 18;

/** A decimal text as an integer of 10^-18, computed without anything of the product's. */
export function toUnits(text: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,18}))?$/.exec(text);
  if (!match) throw new Error(`${JSON.stringify(text)} is not a decimal`);
  const [, sign, whole, fraction = ''] = match;
  const units = BigInt(whole + fraction.padEnd(SCALE, '0'));
  return sign ? -units : units;
}

/** The shortest text of it. */
export function fromUnits(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(SCALE + 1, '0');
  const fraction = digits.slice(-SCALE).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction ? `.${fraction}` : ''}`;
}

/** `0.0400` and `0.04` are one text. */
export const byValue = (text: string): string => fromUnits(toUnits(text));
