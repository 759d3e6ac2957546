/**
 * Canvases whose drawing was lost.
 *
 * A browser may take a canvas's memory away (its graphics process ended, the machine slept) and gives it back blank: nothing but us can paint
 * what was on it.
 */

/** Calls `paint` whenever the canvas comes back blank; answers how to stop. */
export function whenRestored(canvas: HTMLCanvasElement, paint: () => void): () => void {
  canvas.addEventListener('contextrestored', paint);
  return () => canvas.removeEventListener('contextrestored', paint);
}

/** What of a chart is needed to paint it anew: a change of size, even to the same, makes it forget what it knows of its canvas. */
interface Chart {
  ctx: CanvasRenderingContext2D;
  width: number;
  height: number;
  setSize(size: { width: number; height: number }): void;
}

/** Keeps a chart painted. Its listener ends with the chart's own canvas. */
export function keepPainted(chart: Chart): void {
  whenRestored(chart.ctx.canvas, () => chart.setSize({ width: chart.width, height: chart.height }));
}
