const sorted = (values) => [...values].sort((a, b) => a - b);

export function median(values) {
  const all = sorted(values);
  const middle = all.length >> 1;
  return all.length % 2 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
}

/** The smallest value that at least `percent` of all do not exceed (nearest rank). */
export function percentile(values, percent) {
  const all = sorted(values);
  return all[Math.max(0, Math.ceil((percent / 100) * all.length) - 1)];
}

/** Median and range of a figure over runs. */
export const summary = (values) => ({
  median: median(values),
  low: Math.min(...values),
  high: Math.max(...values),
});
