/** Sparklines as SVG paths. Pure. */

/** Points kept of a sparkline: it is a hundred pixels wide. */
const POINTS_MAX = 200;

/** Paths of a line and of the area below it; a missing value breaks the line. */
export function sparkPath(
  times: readonly unknown[],
  values: readonly unknown[],
  width: number,
  height: number,
): { line: string; area: string } {
  const every = Math.max(1, Math.ceil(values.length / POINTS_MAX));
  const points = values.flatMap((value, index) =>
    index % every === 0 || index === values.length - 1
      ? [{ at: Number(times[index]), value: typeof value === 'number' && Number.isFinite(value) ? value : undefined }]
      : [],
  );
  const present = points.flatMap((point) => (point.value === undefined ? [] : [point.value]));
  if (present.length < 2) return { line: '', area: '' };
  const low = Math.min(...present);
  const span = Math.max(...present) - low;
  const first = points[0]?.at ?? 0;
  const length = (points.at(-1)?.at ?? 1) - first || 1;
  // A little room keeps the line's own width inside.
  const x = (at: number): string => (((at - first) / length) * width).toFixed(1);
  const y = (value: number): string => (span === 0 ? height / 2 : 1 + (1 - (value - low) / span) * (height - 2)).toFixed(1);
  let line = '';
  let area = '';
  let run: { at: number; value: number }[] = [];
  const flush = (): void => {
    const [start] = run;
    const end = run.at(-1);
    if (start !== undefined && end !== undefined) {
      const path = run.map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.at)} ${y(point.value)}`).join('');
      line += path;
      area += `${path}L${x(end.at)} ${height}L${x(start.at)} ${height}Z`;
    }
    run = [];
  };
  for (const point of points) {
    if (point.value === undefined) flush();
    else run.push({ at: point.at, value: point.value });
  }
  flush();
  return { line, area };
}
