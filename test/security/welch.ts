/** Welch's t of two samples, each without its slowest twentieth: above 4.5 they differ. */
export function welch(one: Float64Array, other: Float64Array): number {
  const [first, second] = [momentsOf(one), momentsOf(other)];
  return (first.mean - second.mean) / Math.sqrt(first.error + second.error);
}

/** The mean, and the square of its standard error. */
function momentsOf(sample: Float64Array): { mean: number; error: number } {
  const kept = sample.toSorted().subarray(0, Math.floor(sample.length * 0.95));
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  const squares = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: squares / (kept.length - 1) / kept.length };
}
