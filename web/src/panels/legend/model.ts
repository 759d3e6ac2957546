/** Legends: rows, their reductions and order. Pure. */
import { fullText } from '../contract';
import type { PanelField } from '../contract';
import { asArray, asBoolean, asNumber, asObject, asString } from '../json';
import type { JsonObject } from '../json';

/** A legend's settings. */
export interface LegendOptions {
  show: boolean;
  table: boolean;
  right: boolean;
  calcs: string[];
  sortBy: string;
  sortDesc: boolean;
  widthPx: number | undefined;
}

/** A series in a legend. */
export interface LegendItem {
  key: string;
  label: string;
  color: string;
  field: PanelField;
  hidden: boolean;
  /** On the right axis, which a legend marks. */
  right: boolean;
}

/** An item with its reductions as text, and as numbers for sorting. */
export interface LegendRow extends LegendItem {
  values: { text: string; value: number }[];
}

/** Settings from panel options; a `values` list is the pie chart's. */
export function legendOptions(options: JsonObject): LegendOptions {
  const legend = asObject(options['legend']);
  return {
    show: legend['showLegend'] !== false && legend['displayMode'] !== 'hidden',
    table: legend['displayMode'] === 'table',
    right: legend['placement'] === 'right',
    calcs: asArray(legend['calcs']).filter((calc) => typeof calc === 'string'),
    sortBy: asString(legend['sortBy']),
    sortDesc: asBoolean(legend['sortDesc']),
    widthPx: asNumber(legend['width']),
  };
}

/** English names of reductions, by which documents sort. */
const CALC_NAMES: ReadonlyMap<string, string> = new Map([
  ['lastNotNull', 'Last *'],
  ['last', 'Last'],
  ['firstNotNull', 'First *'],
  ['first', 'First'],
  ['min', 'Min'],
  ['max', 'Max'],
  ['mean', 'Mean'],
  ['median', 'Median'],
  ['sum', 'Total'],
  ['count', 'Count'],
  ['range', 'Range'],
  ['delta', 'Delta'],
  ['step', 'Step'],
  ['diff', 'Difference'],
  ['diffperc', 'Difference percent'],
  ['logmin', 'Min (above zero)'],
  ['allIsZero', 'All zeros'],
  ['allIsNull', 'All nulls'],
  ['changeCount', 'Change count'],
  ['distinctCount', 'Distinct count'],
  ['variance', 'Variance'],
  ['stdDev', 'StdDev'],
  ['uniqueValues', 'All unique values'],
  ['allValues', 'All values'],
]);

const CALC_NAMES_KO: ReadonlyMap<string, string> = new Map([
  ['lastNotNull', '마지막 값*'],
  ['last', '마지막 값'],
  ['firstNotNull', '첫 값*'],
  ['first', '첫 값'],
  ['min', '최소'],
  ['max', '최대'],
  ['mean', '평균'],
  ['median', '중앙값'],
  ['sum', '합계'],
  ['count', '개수'],
  ['range', '범위'],
  ['delta', '증가량'],
  ['step', '최소 간격'],
  ['diff', '차이'],
  ['diffperc', '차이(%)'],
  ['logmin', '최소(0 초과)'],
  ['allIsZero', '모두 0'],
  ['allIsNull', '모두 없음'],
  ['changeCount', '변경 횟수'],
  ['distinctCount', '서로 다른 값의 수'],
  ['variance', '분산'],
  ['stdDev', '표준편차'],
  ['uniqueValues', '서로 다른 값'],
  ['allValues', '모든 값'],
]);

/** A reduction's name for people. */
export function calcName(calc: string, language: string): string {
  return (
    (language === 'ko' ? CALC_NAMES_KO.get(calc) : undefined) ??
    CALC_NAMES.get(calc) ??
    (/^p\d+$/.test(calc) ? `${calc.slice(1)}th %` : calc)
  );
}

/** Rows with their reductions, sorted by name or by a reduction (by id or English name). */
export function legendRows(items: readonly LegendItem[], options: Pick<LegendOptions, 'calcs' | 'sortBy' | 'sortDesc'>): LegendRow[] {
  const rows = items.map((item): LegendRow => ({
    ...item,
    values: options.calcs.map((calc) => {
      const value = item.field.calc(calc);
      return { value: typeof value === 'number' ? value : Number.NaN, text: fullText(item.field.display(value)) };
    }),
  }));
  if (options.sortBy === '') return rows;
  const column = options.calcs.findIndex((calc) => calc === options.sortBy || CALC_NAMES.get(calc) === options.sortBy);
  const sign = options.sortDesc ? -1 : 1;
  if (column < 0)
    return options.sortBy === 'Name' ? rows.sort((a, b) => sign * a.label.localeCompare(b.label, undefined, { numeric: true })) : rows;
  // Rows without a value stay at the end in either direction.
  return rows.sort((a, b) => {
    const [x, y] = [a.values[column]?.value ?? Number.NaN, b.values[column]?.value ?? Number.NaN];
    return Number.isNaN(x) ? (Number.isNaN(y) ? 0 : 1) : Number.isNaN(y) ? -1 : sign * (x - y);
  });
}

/** Keys hidden after a click on `key`: alone it isolates the series (again: shows all), with `toggle` it switches only that one. */
export function clickedLegend(hidden: ReadonlySet<string>, all: readonly string[], key: string, toggle: boolean): Set<string> {
  if (toggle) {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    return next;
  }
  const alone = !hidden.has(key) && all.every((other) => other === key || hidden.has(other)) && all.length > 1;
  return alone ? new Set() : new Set(all.filter((other) => other !== key));
}
