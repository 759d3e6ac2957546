/** Shares, cells and gradients of bars. Pure. */
import type { PanelField } from '../contract';

/** Pixels of a lit cell with its gap. */
const CELL_PX = 10;

/** How much of a bar is filled, 0 to 1; NaN fills nothing. */
export function share(value: number, min: number, max: number): number {
  if (Number.isNaN(value) || !(max > min)) return 0;
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}

/** Cells of a bar with the value that each stands for. */
export function cells(length: number, filled: number, min: number, max: number): { at: number; value: number; lit: boolean }[] {
  const count = Math.min(120, Math.max(4, Math.floor(length / CELL_PX)));
  return Array.from({ length: count }, (_cell, at) => ({
    at,
    value: min + ((at + 0.5) / count) * (max - min),
    lit: (at + 0.5) / count <= filled,
  }));
}

/** Stops of a gradient that passes through the colours of the thresholds up to the value. */
export function gradientStops(field: PanelField, min: number, max: number, filled: number, color: string): string[] {
  const inside = field.thresholds.filter((step) => share(step.value, min, max) <= filled);
  if (field.colorMode !== 'thresholds' || inside.length < 2 || filled === 0) return [color, color];
  return inside.map(
    (step) => `${step.color} ${((share(step.value === -Infinity ? min : step.value, min, max) / filled) * 100).toFixed(1)}%`,
  );
}
