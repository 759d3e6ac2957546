/** Durations as Prometheus writes them: `1h30m`, `15s`, `500ms`. Milliseconds inside. */

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** Reads a duration; `undefined` if it is none. Units must come in falling order, each once. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  const match = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(trimmed);
  if (!match || trimmed === '') return undefined;
  const total = UNITS.reduce((sum, [, ms], i) => sum + Number(match[i + 1] ?? 0) * ms, 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/** Writes a duration exactly: weeks and years only where they divide it. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  let rest = Math.round(Math.abs(ms));
  let out = '';
  for (const [name, unit] of UNITS) {
    // As Prometheus: years and weeks only if nothing is left, so that 8d is not 1w1d.
    if ((name === 'y' || name === 'w') && rest % unit !== 0) continue;
    const count = Math.floor(rest / unit);
    if (count > 0) out += `${count}${name}`;
    rest -= count * unit;
  }
  return sign + out;
}

/** Writes roughly, for reading: the two greatest units. `3d 4h`, `12.3s`, `850ms`. */
export function roughDuration(ms: number): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? '-' : '';
  if (size < 1) return `${sign}${Number(size.toFixed(3))}ms`;
  if (size < 1000) return `${sign}${Number(size.toPrecision(3))}ms`;
  if (size < 60_000) return `${sign}${Number((size / 1000).toFixed(size < 10_000 ? 2 : 1))}s`;
  const units = UNITS.filter(([name]) => ['d', 'h', 'm', 's'].includes(name));
  let rest = Math.round(size / 1000) * 1000;
  const parts: string[] = [];
  for (const [name, unit] of units) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count}${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return sign + parts.join(' ');
}
