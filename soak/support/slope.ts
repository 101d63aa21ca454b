/** Growth over time. */

/** Slope of the line of least squares through (time, value), per `unit` of time; NaN for fewer than two points. */
export function slopePer(unit: number, points: readonly (readonly [number, number])[]): number {
  const mean = (index: 0 | 1): number => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [time, value] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [at]) => sum + (at - time) ** 2, 0);
  const shared = points.reduce((sum, [at, then]) => sum + (at - time) * (then - value), 0);
  return (unit * shared) / spread;
}
