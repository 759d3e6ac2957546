/** `singlestat` becomes `stat` or `gauge`; the old table becomes today's with overrides for its column styles. */
import { asArray, asBoolean, asNumber, asObject, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';

const REDUCERS: ReadonlyMap<string, string> = new Map([
  ['avg', 'mean'],
  ['current', 'lastNotNull'],
  ['total', 'sum'],
  ['first', 'firstNotNull'],
  ['last_time', 'lastNotNull'],
  ['name', 'lastNotNull'],
  ['min', 'min'],
  ['max', 'max'],
  ['delta', 'delta'],
  ['diff', 'diff'],
  ['range', 'range'],
]);

const SINGLESTAT_KEYS = [
  'format',
  'valueName',
  'thresholds',
  'colors',
  'colorValue',
  'colorBackground',
  'colorPrefix',
  'colorPostfix',
  'gauge',
  'sparkline',
  'valueMaps',
  'rangeMaps',
  'mappingType',
  'mappingTypes',
  'nullText',
  'nullPointMode',
  'prefix',
  'postfix',
  'prefixFontSize',
  'postfixFontSize',
  'valueFontSize',
  'decimals',
  'tableColumn',
  'options',
  'fieldConfig',
];

/** The panel as a `stat`, or a `gauge` if it showed one. */
export function migrateSinglestat(panel: JsonObject): JsonObject {
  const kept: JsonObject = Object.fromEntries(Object.entries(panel).filter(([key]) => !SINGLESTAT_KEYS.includes(key)));
  const gauge = asObject(panel['gauge']);
  const isGauge = asBoolean(gauge['show']);
  const colored = asBoolean(panel['colorValue']) || asBoolean(panel['colorBackground']) || isGauge;
  const defaults: JsonObject = {
    unit: asString(panel['format'], 'none'),
    mappings: singlestatMappings(panel),
    color: { mode: colored ? 'thresholds' : 'fixed' },
  };
  if (!colored) defaults['color'] = { mode: 'fixed', fixedColor: 'text' };
  const steps = thresholdSteps(panel);
  if (steps.length > 0) defaults['thresholds'] = { mode: 'absolute', steps };
  if (asNumber(panel['decimals']) !== undefined) defaults['decimals'] = asNumber(panel['decimals'], 0);
  if (isGauge) {
    defaults['min'] = asNumber(gauge['minValue'], 0);
    defaults['max'] = asNumber(gauge['maxValue'], 100);
  }
  if (asString(panel['nullText']) !== '') defaults['noValue'] = asString(panel['nullText']);
  const affixes = { prefix: asString(panel['prefix']), postfix: asString(panel['postfix']) };
  const unit = affixUnit(asString(panel['format'], 'none'), affixes.prefix, affixes.postfix);
  defaults['unit'] = unit;
  const calc = REDUCERS.get(asString(panel['valueName'], 'avg')) ?? 'lastNotNull';
  const column = asString(panel['tableColumn']);
  const reduceOptions = {
    calcs: [calc],
    values: false,
    fields: column === '' ? '' : `/^${column.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}$/`,
  };
  const options: JsonObject = isGauge
    ? { reduceOptions, showThresholdMarkers: gauge['thresholdMarkers'] !== false, showThresholdLabels: asBoolean(gauge['thresholdLabels']) }
    : {
        reduceOptions,
        colorMode: asBoolean(panel['colorBackground']) ? 'background' : asBoolean(panel['colorValue']) ? 'value' : 'none',
        graphMode: asBoolean(asObject(panel['sparkline'])['show']) ? 'area' : 'none',
        justifyMode: 'auto',
        orientation: 'horizontal',
        textMode: panel['valueName'] === 'name' ? 'name' : 'auto',
      };
  return { ...kept, type: isGauge ? 'gauge' : 'stat', fieldConfig: { defaults, overrides: [] }, options };
}

/** A free prefix or postfix is kept as a custom unit where the unit itself says nothing. */
function affixUnit(format: string, prefix: string, postfix: string): string {
  const plain = format === 'none' || format === 'short' || format === '';
  if (plain && postfix.trim() !== '') return `suffix:${postfix}`;
  if (plain && prefix.trim() !== '') return `prefix:${prefix}`;
  return format;
}

function thresholdSteps(panel: JsonObject): Json[] {
  const colors = asArray(panel['colors']).map((color) => asString(color, 'green'));
  const limits = asString(panel['thresholds'])
    .split(',')
    .map((text) => asNumber(text.trim()))
    .filter((value) => value !== undefined);
  if (colors.length === 0) return [];
  return [{ color: colors[0] ?? 'green', value: null }, ...limits.map((value, index) => ({ color: colors[index + 1] ?? 'red', value }))];
}

function singlestatMappings(panel: JsonObject): Json[] {
  const type = asNumber(panel['mappingType'], 1);
  return type === 2
    ? asObjects(panel['rangeMaps']).map((map) => ({ type: 2, from: map['from'] ?? null, to: map['to'] ?? null, text: map['text'] ?? '' }))
    : asObjects(panel['valueMaps']).map((map) => ({ type: 1, value: map['value'] ?? null, text: map['text'] ?? '' }));
}

const TABLE_KEYS = ['styles', 'columns', 'transform', 'sort', 'fontSize', 'scroll', 'showHeader', 'pageSize'];

/** The panel as today's `table`: column styles become overrides, `transform` becomes transformations. */
export function migrateTableOld(panel: JsonObject): JsonObject {
  const kept: JsonObject = Object.fromEntries(Object.entries(panel).filter(([key]) => !TABLE_KEYS.includes(key)));
  const styles = asObjects(panel['styles']);
  const base = styles.find((style) => style['pattern'] === '/.*/');
  const defaults: JsonObject = { custom: { align: 'auto' }, mappings: [] };
  if (base !== undefined)
    Object.assign(
      defaults,
      Object.fromEntries(
        styleProperties(base)
          .filter(({ id }) => id === 'unit' || id === 'decimals')
          .map(({ id, value }) => [id, value]),
      ),
    );
  const overrides = styles
    .filter((style) => style !== base && asString(style['pattern']) !== '')
    .map((style) => ({
      matcher: /^\/.*\/$/.test(asString(style['pattern']))
        ? { id: 'byRegexp', options: style['pattern'] ?? '' }
        : { id: 'byName', options: style['pattern'] ?? '' },
      properties: styleProperties(style) as unknown as Json[],
    }));
  return {
    ...kept,
    type: 'table',
    transformations: [...asArray(panel['transformations']), ...oldTransform(panel)],
    fieldConfig: { defaults, overrides },
    options: { ...asObject(panel['options']), showHeader: panel['showHeader'] !== false },
  };
}

function oldTransform(panel: JsonObject): Json[] {
  switch (asString(panel['transform'])) {
    case 'timeseries_to_columns':
      return [{ id: 'joinByField', options: { byField: 'Time' } }];
    case 'timeseries_to_rows':
      return [{ id: 'seriesToRows', options: {} }];
    case 'timeseries_aggregations':
      return [
        {
          id: 'reduce',
          options: {
            includeTimeField: false,
            reducers: asObjects(panel['columns']).map((column) => REDUCERS.get(asString(column['value'])) ?? 'lastNotNull'),
          },
        },
      ];
    case 'table':
      return [{ id: 'merge', options: {} }];
    default: // `json` and `annotations` have no counterpart: the raw table is shown.
      return [];
  }
}

function styleProperties(style: JsonObject): { id: string; value: Json }[] {
  const out: { id: string; value: Json }[] = [];
  const alias = asString(style['alias']);
  if (alias !== '') out.push({ id: 'displayName', value: alias });
  switch (asString(style['type'])) {
    case 'hidden':
      out.push({ id: 'custom.hidden', value: true });
      break;
    case 'date':
      out.push({ id: 'unit', value: `time: ${asString(style['dateFormat'], 'YYYY-MM-DD HH:mm:ss')}` });
      break;
    case 'number':
      if (asString(style['unit']) !== '') out.push({ id: 'unit', value: asString(style['unit']) });
      if (asNumber(style['decimals']) !== undefined) out.push({ id: 'decimals', value: asNumber(style['decimals'], 0) });
      break;
    default: // `string` needs nothing.
      break;
  }
  const mappings = [
    ...asObjects(style['valueMaps']).map((m) => ({ type: 1, value: m['value'] ?? null, text: m['text'] ?? '' })),
    ...asObjects(style['rangeMaps']).map((m) => ({ type: 2, from: m['from'] ?? null, to: m['to'] ?? null, text: m['text'] ?? '' })),
  ];
  if (mappings.length > 0) out.push({ id: 'mappings', value: mappings });
  const cell = asString(style['colorMode']);
  if (cell === 'cell' || cell === 'row')
    out.push({ id: 'custom.cellOptions', value: { type: 'color-background', applyToRow: cell === 'row' } });
  else if (cell === 'value') out.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
  const colors = asArray(style['colors']).map((color) => asString(color, 'green'));
  if (cell !== '' && colors.length > 0) {
    const limits = asArray(style['thresholds'])
      .map((value) => asNumber(value))
      .filter((value) => value !== undefined);
    out.push({
      id: 'thresholds',
      value: {
        mode: 'absolute',
        steps: [
          { color: colors[0] ?? 'green', value: null },
          ...limits.map((value, index) => ({ value, color: colors[index + 1] ?? 'red' })),
        ],
      },
    });
  }
  const align = asString(style['align']);
  if (align !== '' && align !== 'auto') out.push({ id: 'custom.align', value: align });
  if (asBoolean(style['link']) && asString(style['linkUrl']) !== '') {
    out.push({
      id: 'links',
      value: [
        {
          title: asString(style['linkTooltip']),
          url: cellLink(asString(style['linkUrl'])),
          targetBlank: asBoolean(style['linkTargetBlank']),
        },
      ],
    });
  }
  return out;
}

/** `$__cell` is the clicked cell, `$__cell_3` the fourth column of its row, `$__cell:raw` without escaping. */
function cellLink(url: string): string {
  return url
    .replace(
      /\$__cell_(\d+)(:raw)?|\$\{__cell_(\d+)(:raw)?\}/g,
      (_all, a?: string, _ra?: string, b?: string) => `\${__data.fields[${a ?? b ?? '0'}]}`,
    )
    .replace(/\$__cell(:raw)?(?!_)|\$\{__cell(:raw)?\}/g, '${__value.text}');
}
