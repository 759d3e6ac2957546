/** Steps of queries: the interval from range and width, `$__rate_interval`, and durations as people write them. */

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
  ['M', 2_592_000_000],
  ['y', 31_536_000_000],
]);

/** Milliseconds of `15s`, `1h30m` or `250ms`; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdwMy]))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, digits, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwMy])/g))
    total += Number(digits) * (UNITS_MS.get(unit ?? '') ?? 0);
  return total;
}

/** The shortest single-unit text of a duration: 90 000 ms is `90s`, 120 000 ms is `2m`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = UNITS_MS.get(unit) ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${Math.max(1, Math.round(ms))}ms`;
}

/** Steps that people expect, each with the largest raw interval that it stands for, in milliseconds. */
const ROUND: readonly (readonly [limit: number, step: number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1500, 1000],
  [3500, 2000],
  [7500, 5000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
  [1_050_000, 900_000],
  [1_500_000, 1_200_000],
  [2_700_000, 1_800_000],
  [5_400_000, 3_600_000],
  [9_000_000, 7_200_000],
  [16_200_000, 10_800_000],
  [32_400_000, 21_600_000],
  [86_400_000, 43_200_000],
  [604_800_000, 86_400_000],
  [1_814_400_000, 604_800_000],
  [3_628_800_000, 2_592_000_000],
];

/** A round step near a raw interval. */
export function roundInterval(ms: number): number {
  return ROUND.find(([limit]) => ms < limit)?.[1] ?? 31_536_000_000;
}

/** The step for `points` points over a span, at least `minMs`. */
export function intervalFor(spanMs: number, points: number, minMs: number): number {
  return Math.max(roundInterval(spanMs / Math.max(1, points)), minMs, 1);
}

/** The step of a Prometheus query: never more than 11 000 points, at least `minMs`. */
export function safeStep(spanMs: number, stepMs: number, minMs: number): number {
  const floor = spanMs / 11_000;
  const safe = floor > 1000 ? Math.ceil(floor / 1000) * 1000 : floor;
  return Math.max(stepMs, safe, minMs, 1);
}

/** `$__rate_interval`: wide enough that a `rate()` sees at least four scrapes. */
export function rateInterval(stepMs: number, scrapeMs: number): number {
  return Math.max(stepMs + scrapeMs, 4 * scrapeMs);
}
