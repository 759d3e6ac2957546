/** Numbers as people read them. */

const STEPS: readonly (readonly [limit: number, suffix: string])[] = [
  [1e24, 'Y'], [1e21, 'Z'], [1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'],
];
const SMALL: readonly (readonly [factor: number, suffix: string])[] = [[1e3, 'm'], [1e6, 'µ'], [1e9, 'n'], [1e12, 'p']];
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

const trim = (n: number, digits: number) => String(Number(n.toPrecision(digits)));

/** `12.3k`, `4.5m`, `0`; infinities and NaN as PromQL writes them. */
export function formatShort(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size === 0) return '0';
  const step = STEPS.find(([limit]) => size >= limit);
  if (step) return trim(value / step[0], digits) + step[1];
  if (size >= 0.01) return trim(value, digits);
  const small = SMALL.find(([factor]) => size * factor >= 1);
  return small ? trim(value * small[0], digits) + small[1] : value.toExponential(2);
}

/** `1.5 MiB`. */
export function formatBytes(value: number): string {
  let unit = 0;
  let size = value;
  while (Math.abs(size) >= 1024 && unit < BYTES.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${trim(size, 4)} ${BYTES[unit]}`;
}

/** `12,345`. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

/** Decimals that ticks of this distance need: ticks of 0.25 are not 0.3 and 0.5. */
export function decimalsOf(step: number): number {
  if (!(step > 0) || !Number.isFinite(step)) return 0;
  for (let digits = 0; digits < 12; digits += 1) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits;
  }
  return 12;
}

/** Labels for the ticks of a value axis, all with the same unit and decimals. */
export function axisLabels(ticks: readonly number[]): string[] {
  const size = Math.max(...ticks.map(Math.abs), 0);
  const step = ticks.length > 1 ? Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0)) : size;
  const big = STEPS.find(([limit]) => size >= limit);
  const small = size < 0.01 && size > 0 ? SMALL.find(([factor]) => size * factor >= 1) : undefined;
  const [scale, suffix] = big ? [1 / big[0], big[1]] : (small ?? [1, '']);
  const digits = Math.min(decimalsOf(step * scale), 6);
  return ticks.map((tick) => (tick === 0 ? '0' : (tick * scale).toFixed(digits) + suffix));
}
