/** `graph`, the time series panel of Grafana before version 8, becomes `timeseries` (or `histogram`, or `bargauge` for its series mode). */
import { asArray, asBoolean, asNumber, asObject, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';

/** Keys that only the old panel knew; they would lie beside what replaces them. */
const REPLACED = [
  'yaxes',
  'yaxis',
  'xaxis',
  'lines',
  'linewidth',
  'bars',
  'points',
  'pointradius',
  'fill',
  'fillGradient',
  'stack',
  'percentage',
  'nullPointMode',
  'steppedLine',
  'dashes',
  'dashLength',
  'spaceLength',
  'seriesOverrides',
  'aliasColors',
  'legend',
  'tooltip',
  'renderer',
  'thresholds',
  'timeRegions',
  'decimals',
  'options',
  'fieldConfig',
  'hiddenSeries',
  'y-axis',
  'x-axis',
  'y_formats',
  'grid',
  'leftYAxisLabel',
  'rightYAxisLabel',
];

/** The panel as a `timeseries`. */
export function migrateGraph(panel: JsonObject): JsonObject {
  const kept: JsonObject = Object.fromEntries(Object.entries(panel).filter(([key]) => !REPLACED.includes(key)));
  const defaults = fieldDefaults(panel);
  const overrides = [...aliasColors(panel), ...seriesOverrides(panel)];
  const mode = asString(asObject(panel['xaxis'])['mode'], 'time');
  const base = { ...kept, fieldConfig: { defaults, overrides: overrides as Json[] } };
  if (mode === 'histogram') return { ...base, type: 'histogram', options: { legend: legend(panel), combine: true } };
  if (mode === 'series') {
    const calc = reducer(asString(asArray(asObject(panel['xaxis'])['values'])[0], 'current'));
    return {
      ...base,
      type: 'bargauge',
      options: { orientation: 'vertical', displayMode: 'basic', reduceOptions: { calcs: [calc], values: false, fields: '' } },
    };
  }
  return { ...base, type: 'timeseries', options: { legend: legend(panel), tooltip: tooltip(panel) } };
}

function fieldDefaults(panel: JsonObject): JsonObject {
  const [left = {}] = axes(panel);
  const bars = asBoolean(panel['bars']);
  const lines = asBoolean(panel['lines'], !bars);
  const points = asBoolean(panel['points']);
  const nullMode = asString(panel['nullPointMode'], 'null');
  const custom: JsonObject = {
    drawStyle: lines ? 'line' : bars ? 'bars' : points ? 'points' : 'line',
    lineInterpolation: asBoolean(panel['steppedLine']) ? 'stepAfter' : 'linear',
    lineWidth: lines || bars ? asNumber(panel['linewidth'], 1) : 0,
    fillOpacity: lines ? asNumber(panel['fill'], 1) * 10 : bars ? 100 : 0,
    gradientMode: asNumber(panel['fillGradient'], 0) > 0 ? 'opacity' : 'none',
    showPoints: points ? 'always' : 'never',
    pointSize: asNumber(panel['pointradius'], 2) * 2,
    spanNulls: nullMode === 'connected',
    stacking: asBoolean(panel['stack'])
      ? { mode: asBoolean(panel['percentage']) ? 'percent' : 'normal', group: 'A' }
      : { mode: 'none', group: 'A' },
    axisPlacement: left['show'] === false ? 'hidden' : 'auto',
    axisLabel: asString(left['label']),
    hideFrom: { legend: false, tooltip: false, viz: false },
  };
  if (asBoolean(panel['dashes']))
    custom['lineStyle'] = { fill: 'dash', dash: [asNumber(panel['dashLength'], 10), asNumber(panel['spaceLength'], 10)] };
  const log = asNumber(left['logBase'], 1);
  if (log > 1) custom['scaleDistribution'] = { type: 'log', log };
  const defaults: JsonObject = {
    unit: asString(left['format'], 'short'),
    color: { mode: 'palette-classic' },
    mappings: [],
    links: [],
    custom,
  };
  setNumber(defaults, 'decimals', panel['decimals'] ?? left['decimals']);
  setNumber(defaults, 'min', left['min']);
  setNumber(defaults, 'max', left['max']);
  if (nullMode === 'null as zero') defaults['noValue'] = '0';
  const thresholds = asObjects(panel['thresholds']);
  if (thresholds.length > 0) {
    defaults['thresholds'] = thresholdSteps(thresholds);
    custom['thresholdsStyle'] = {
      mode: thresholds.some((threshold) => threshold['fill'] === true)
        ? thresholds.some((t) => t['line'] === true)
          ? 'line+area'
          : 'area'
        : 'line',
    };
  }
  return defaults;
}

/** Old thresholds say "above" or "below" a value; today's are steps upwards. */
function thresholdSteps(thresholds: JsonObject[]): JsonObject {
  const steps: { value: number | null; color: string }[] = [];
  const colorOf = (threshold: JsonObject): string => {
    const mode = asString(threshold['colorMode'], 'critical');
    if (mode === 'custom') return asString(threshold['fillColor'], asString(threshold['lineColor'], 'red'));
    return mode === 'ok' ? 'green' : mode === 'warning' ? 'orange' : 'red';
  };
  const sorted = thresholds
    .filter((t) => asNumber(t['value']) !== undefined)
    .sort((a, b) => asNumber(a['value'], 0) - asNumber(b['value'], 0));
  for (const threshold of sorted) {
    const value = asNumber(threshold['value'], 0);
    if (threshold['op'] === 'lt') {
      if (steps.length === 0) steps.push({ value: null, color: colorOf(threshold) });
      steps.push({ value, color: 'transparent' });
    } else {
      if (steps.length === 0) steps.push({ value: null, color: 'transparent' });
      steps.push({ value, color: colorOf(threshold) });
    }
  }
  return { mode: 'absolute', steps };
}

function axes(panel: JsonObject): JsonObject[] {
  const written = asObjects(panel['yaxes']);
  if (written.length > 0) return written;
  // Before version 7 of the schema: two formats in `y_formats` and limits in `grid`.
  const grid = asObject(panel['grid']);
  return asArray(panel['y_formats']).map((format, index) => ({
    format,
    logBase: grid[index === 0 ? 'leftLogBase' : 'rightLogBase'] ?? 1,
    min: grid[index === 0 ? 'leftMin' : 'rightMin'] ?? null,
    max: grid[index === 0 ? 'leftMax' : 'rightMax'] ?? null,
    show: true,
  }));
}

function aliasColors(panel: JsonObject): JsonObject[] {
  return Object.entries(asObject(panel['aliasColors'])).map(([alias, color]) => ({
    matcher: { id: 'byName', options: alias },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color ?? '' } }],
  }));
}

function seriesOverrides(panel: JsonObject): JsonObject[] {
  const [, right = {}] = axes(panel);
  return asObjects(panel['seriesOverrides']).flatMap((override) => {
    const alias = asString(override['alias']);
    if (alias === '') return [];
    const properties: JsonObject[] = [];
    const put = (id: string, value: Json | undefined): void => {
      if (value !== undefined) properties.push({ id, value });
    };
    for (const [key, value] of Object.entries(override)) {
      switch (key) {
        case 'yaxis':
          if (value === 2) {
            put('custom.axisPlacement', 'right');
            put('unit', right['format'] ?? undefined);
            put('min', asNumber(right['min']));
            put('max', asNumber(right['max']));
            if (asString(right['label']) !== '') put('custom.axisLabel', right['label'] ?? '');
          }
          break;
        case 'fill':
          put('custom.fillOpacity', asNumber(value, 0) * 10);
          break;
        case 'linewidth':
          put('custom.lineWidth', asNumber(value, 1));
          break;
        case 'color':
          put('color', { mode: 'fixed', fixedColor: value ?? '' });
          break;
        case 'transform':
          put('custom.transform', value === 'negative-Y' ? 'negative-Y' : 'constant');
          break;
        case 'stack':
          put(
            'custom.stacking',
            value === false ? { mode: 'none', group: 'A' } : { mode: 'normal', group: value === true ? 'A' : asString(value, 'A') },
          );
          break;
        case 'bars':
          if (value === true) put('custom.drawStyle', 'bars');
          break;
        case 'lines':
          if (value === true) put('custom.drawStyle', 'line');
          else if (override['bars'] !== true && override['points'] !== true) put('custom.lineWidth', 0);
          break;
        case 'points':
          if (value === true) put('custom.showPoints', 'always');
          break;
        case 'pointradius':
          put('custom.pointSize', asNumber(value, 2) * 2);
          break;
        case 'steppedLine':
          put('custom.lineInterpolation', value === true ? 'stepAfter' : 'linear');
          break;
        case 'nullPointMode':
          put('custom.spanNulls', value === 'connected');
          break;
        case 'dashes':
          if (value === true)
            put('custom.lineStyle', { fill: 'dash', dash: [asNumber(override['dashLength'], 10), asNumber(override['spaceLength'], 10)] });
          break;
        case 'legend':
        case 'hideTooltip':
          put('custom.hideFrom', { legend: override['legend'] === false, tooltip: override['hideTooltip'] === true, viz: false });
          break;
        case 'fillBelowTo':
          put('custom.fillBelowTo', value);
          break;
        default: // `zindex` and other keys of plugins have no counterpart.
          break;
      }
    }
    if (properties.length === 0) return [];
    return [{ matcher: matcher(alias), properties: properties as Json[] }];
  });
}

/** `/in.*_bytes/` is a pattern, anything else a series' name. */
function matcher(alias: string): JsonObject {
  return /^\/.*\/[a-z]*$/.test(alias) ? { id: 'byRegexp', options: alias } : { id: 'byName', options: alias };
}

function legend(panel: JsonObject): JsonObject {
  const old = asObject(panel['legend']);
  const calcs = asBoolean(old['values'])
    ? (['min', 'max', 'avg', 'current', 'total'] as const).filter((name) => old[name] === true).map(reducer)
    : [];
  const out: JsonObject = {
    showLegend: old['show'] !== false,
    displayMode: asBoolean(old['alignAsTable']) ? 'table' : 'list',
    placement: asBoolean(old['rightSide']) ? 'right' : 'bottom',
    calcs,
  };
  const sort = asString(old['sort']);
  if (sort !== '') {
    out['sortBy'] = SORT_TITLES.get(sort) ?? sort;
    out['sortDesc'] = asBoolean(old['sortDesc']);
  }
  setNumber(out, 'width', old['sideWidth']);
  return out;
}

const SORT_TITLES: ReadonlyMap<string, string> = new Map([
  ['avg', 'Mean'],
  ['current', 'Last *'],
  ['max', 'Max'],
  ['min', 'Min'],
  ['total', 'Total'],
]);

function reducer(name: string): string {
  return name === 'avg' ? 'mean' : name === 'current' ? 'lastNotNull' : name === 'total' ? 'sum' : name;
}

function tooltip(panel: JsonObject): JsonObject {
  const old = asObject(panel['tooltip']);
  const sort = asNumber(old['sort'], 0);
  return { mode: old['shared'] === false ? 'single' : 'multi', sort: sort === 1 ? 'asc' : sort === 2 ? 'desc' : 'none' };
}

function setNumber(target: JsonObject, key: string, value: unknown): void {
  const number = asNumber(value);
  if (number !== undefined) target[key] = number;
}
