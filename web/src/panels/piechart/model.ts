/** Slices of a pie. Pure. */
import { asString } from '../json';
import type { JsonObject } from '../json';
import type { Reduced } from '../reduced';

/** A slice with its angles. */
export interface Slice {
  key: string;
  title: string;
  value: number;
  share: number;
  from: number;
  to: number;
  color: string;
  source: Reduced;
}

/** Slices of values above zero; `colors` answers the palette's nth colour where all fields would have one colour. */
export function slices(values: readonly Reduced[], options: JsonObject, hidden: ReadonlySet<string>): Slice[] {
  const shown = values.filter((value) => value.display.numeric > 0 && !hidden.has(value.key));
  const total = shown.reduce((sum, value) => sum + value.display.numeric, 0);
  const sort = asString(options['sort'], 'desc');
  const sorted = sort === 'none' ? shown : [...shown].sort((a, b) => (sort === 'asc' ? 1 : -1) * (a.display.numeric - b.display.numeric));
  let angle = 0;
  return sorted.map((source) => {
    const share = source.display.numeric / total;
    const slice = {
      key: source.key,
      title: source.title,
      value: source.display.numeric,
      share,
      from: angle,
      to: angle + share * 360,
      color: source.color,
      source,
    };
    angle = slice.to;
    return slice;
  });
}

/** A share as a percentage with one decimal where it matters. */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 || Number.isInteger(percent) ? Math.round(percent) : percent.toFixed(1)}%`;
}
