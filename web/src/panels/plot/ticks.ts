/** Ticks of axes: round numbers, round instants in a time zone, and texts that tell them apart. */
import type { PanelField } from '../contract';
import { fullText } from '../contract';
import { formatTime, offsetAt } from '../zone';

/** Round ascending numbers within `min` and `max`, about `count` of them. With `binary` steps are powers of two, as for bytes. */
export function numberTicks(min: number, max: number, count: number, binary = false): number[] {
  const size = max - min;
  if (!(size > 0) || count < 1 || !Number.isFinite(size)) return Number.isFinite(min) ? [min] : [];
  const raw = size / count;
  let step: number;
  if (binary) {
    step = 2 ** Math.ceil(Math.log2(raw));
  } else {
    const power = 10 ** Math.floor(Math.log10(raw));
    step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  }
  const out: number[] = [];
  for (let index = Math.ceil(min / step); index * step <= max + step * 1e-9 && out.length < 1000; index += 1) out.push(index * step);
  return out;
}

/** Whether a unit counts in powers of 1024. */
export function isBinaryUnit(unit: string): boolean {
  return ['bytes', 'kbytes', 'mbytes', 'gbytes', 'bits', 'binBps', 'binbps', 'KiBs', 'MiBs', 'GiBs', 'TiBs'].includes(unit);
}

/** Most decimals that ticks are tried with. */
const DECIMALS_MAX = 6;

/** Texts of ticks with as few decimals as tell each its own exact value: steps of 0.25 read 0.25, 0.50, 0.75. */
export function tickTexts(ticks: readonly number[], field: PanelField): string[] {
  if (field.decimals !== undefined) return ticks.map((tick) => fullText(field.display(tick, field.decimals)));
  const exact = (text: string): number => Number.parseFloat(text.replaceAll(',', ''));
  for (let decimals = 0; decimals < DECIMALS_MAX; decimals += 1) {
    const precise = ticks.every((tick) => {
      const here = exact(field.display(tick, decimals).text);
      const finer = exact(field.display(tick, decimals + 3).text);
      return Number.isNaN(here) || Math.abs(here - finer) <= Math.abs(finer) * 1e-6 + 1e-9;
    });
    if (precise || decimals === 3) return ticks.map((tick) => fullText(field.display(tick, decimals)));
  }
  return ticks.map((tick) => fullText(field.display(tick)));
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
  3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000, 1_209_600_000, 2_592_000_000,
  7_776_000_000, 31_536_000_000,
];

/** Round instants of the zone's clock within a span, at most `count`. */
export function timeTicks(from: number, to: number, count: number, zone: string): { ticks: number[]; step: number } {
  const step = STEPS_MS.find((size) => (to - from) / size <= Math.max(1, count)) ?? 31_536_000_000;
  const offset = offsetAt(from, zone);
  const ticks: number[] = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to && ticks.length < 1000; at += step) ticks.push(at);
  return { ticks, step };
}

/** Text of an instant on an axis whose ticks are `step` apart: no more than tells neighbours apart. */
export function timeTickText(at: number, step: number, span: number, zone: string): string {
  if (step >= 31_000_000_000) return formatTime(at, 'YYYY', zone);
  if (step >= 2_592_000_000) return formatTime(at, 'YYYY-MM', zone);
  if (step >= 86_400_000) return formatTime(at, span > 300 * 86_400_000 ? 'YYYY-MM-DD' : 'MM/DD', zone);
  if (step >= 60_000) {
    const clock = formatTime(at, 'HH:mm', zone);
    if (span <= 86_400_000) return clock;
    return clock === '00:00' || step >= 21_600_000 ? formatTime(at, 'MM/DD HH:mm', zone) : clock;
  }
  return formatTime(at, step >= 1000 ? 'HH:mm:ss' : 'HH:mm:ss.SSS', zone);
}
