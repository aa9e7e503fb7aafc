const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export const whole = (n) => grouped.format(n);
export const fixed = (digits) => (n) => n.toFixed(digits);
export const percent = (share) => `${Math.round(share * 100)} %`;

/** A median with its range: `12,345 (11,900 to 12,800)`. */
export function range({ median, low, high }, format = whole) {
  return low === high ? format(median) : `${format(median)} (${format(low)} to ${format(high)})`;
}

/** Lines of a table; the first column to the left, all others to the right. */
export function plainTable({ columns, rows }) {
  const all = [columns, ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [line(columns), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)];
}

export function markdownTable({ columns, rows }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)];
}
