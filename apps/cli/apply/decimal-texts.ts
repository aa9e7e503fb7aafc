/** Members of rates that are quantities or money: the API takes them as decimal texts only. */
const decimals = new Set([
  'unitPrice',
  'per',
  'increment',
  'minimumQuantity',
  'setupAmount',
  'minimumAmount',
]);

/** The rows with their decimals as texts, digit by digit as the file has them, so that a file may say `unitPrice: 0.05`. */
export function toDecimalTexts(rows: unknown[]): unknown[] {
  return rows.map((row) => {
    if (typeof row !== 'object' || row === null) return row;
    const members = Object.entries(row).map(([name, value]) => [
      name,
      decimals.has(name) ? toText(value) : value,
    ]);
    return Object.fromEntries(members) as unknown;
  });
}

function toText(value: unknown): unknown {
  const isNumber =
    typeof value === 'number' || (typeof value === 'object' && value !== null && 'isLosslessNumber' in value);
  return isNumber ? String(value) : value;
}
