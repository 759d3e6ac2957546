/**
 * Panels of old kinds and old shapes become today's.
 *
 * One function per former kind; `migratePanel` chooses. Each takes the written panel and answers a new object in which
 * every key it does not replace is kept. Panels of today pass through with small repairs only.
 */
import { asArray, asObject, asObjects, asString, at, isObject } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { migrateGraph } from './migrate-graph';
import { migrateMappings } from './migrate-mappings';
import { migrateSinglestat, migrateTableOld } from './migrate-old-panels';

type Migration = (panel: JsonObject) => JsonObject;

const BY_TYPE: ReadonlyMap<string, Migration> = new Map<string, Migration>([
  ['graph', migrateGraph],
  ['singlestat', migrateSinglestat],
  ['grafana-singlestat-panel', migrateSinglestat],
  ['table-old', migrateTableOld],
  ['grafana-piechart-panel', migratePiechart],
  ['natel-discrete-panel', migrateDiscrete],
  ['heatmap', migrateHeatmap],
  ['text', migrateText],
  ['alertlist', (panel) => panel],
]);

/** The panel in today's shape. */
export function migratePanel(written: JsonObject): JsonObject {
  const type = asString(written['type']);
  // A "table" with styles and no field config is the old table under its former name.
  const isOldTable =
    type === 'table' && written['fieldConfig'] === undefined && (written['styles'] !== undefined || written['columns'] !== undefined);
  const migrated = isOldTable ? migrateTableOld(written) : (BY_TYPE.get(type) ?? identity)(written);
  return repair(liftFieldOptions(migrated));
}

function identity(panel: JsonObject): JsonObject {
  return panel;
}

/** Gauges of version 6 kept their field config in `options.fieldOptions`. */
function liftFieldOptions(panel: JsonObject): JsonObject {
  const options = asObject(panel['options']);
  const old = options['fieldOptions'];
  if (!isObject(old)) return panel;
  const { fieldOptions: _old, ...rest } = options;
  const defaults = { ...asObject(old['defaults']) };
  if (defaults['mappings'] === undefined && old['mappings'] !== undefined) defaults['mappings'] = old['mappings'];
  if (defaults['thresholds'] === undefined && old['thresholds'] !== undefined) {
    defaults['thresholds'] = {
      mode: 'absolute',
      steps: asObjects(old['thresholds']).map((step) => ({ color: step['color'] ?? 'green', value: step['value'] ?? null })),
    };
  }
  return {
    ...panel,
    options: { ...rest, reduceOptions: { values: old['values'] ?? false, calcs: old['calcs'] ?? ['lastNotNull'], fields: '' } },
    fieldConfig: { defaults, overrides: asArray(old['overrides']) },
  };
}

/** Old numeric value mappings, in defaults and overrides; a hidden legend said in the old way. */
function repair(panel: JsonObject): JsonObject {
  if (!isObject(panel['fieldConfig'])) return panel;
  const fieldConfig = panel['fieldConfig'];
  const defaults = { ...asObject(fieldConfig['defaults']) };
  if (defaults['mappings'] !== undefined) defaults['mappings'] = migrateMappings(defaults['mappings']);
  const overrides = asObjects(fieldConfig['overrides']).map((override) => ({
    ...override,
    properties: asObjects(override['properties']).map((property) =>
      property['id'] === 'mappings' ? { ...property, value: migrateMappings(property['value']) } : property,
    ) as Json[],
  }));
  const options = { ...asObject(panel['options']) };
  const legend = options['legend'];
  if (isObject(legend) && legend['displayMode'] === 'hidden') {
    options['legend'] = { ...legend, displayMode: 'list', showLegend: false };
  }
  return { ...panel, options, fieldConfig: { ...fieldConfig, defaults, overrides } };
}

function migratePiechart(panel: JsonObject): JsonObject {
  const legend = asObject(panel['legend']);
  const values = [legend['values'] === true ? 'value' : '', legend['percentage'] === true ? 'percent' : ''].filter((word) => word !== '');
  return {
    ...panel,
    type: 'piechart',
    fieldConfig: { defaults: { unit: asString(panel['format'], 'short'), color: { mode: 'palette-classic' } }, overrides: [] },
    options: {
      pieType: asString(panel['pieType'], 'pie'),
      reduceOptions: {
        calcs: [panel['valueName'] === 'current' ? 'lastNotNull' : asString(panel['valueName'], 'lastNotNull')],
        values: false,
        fields: '',
      },
      legend: {
        showLegend: legend['show'] !== false,
        displayMode: values.length > 0 ? 'table' : 'list',
        placement: panel['legendType'] === 'Right side' ? 'right' : 'bottom',
        values,
      },
    },
  };
}

function migrateDiscrete(panel: JsonObject): JsonObject {
  const text = asObjects(panel['valueMaps']).map((map) => ({ type: 1, value: map['value'] ?? '', text: map['text'] ?? '' }));
  return {
    ...panel,
    type: 'state-timeline',
    fieldConfig: { defaults: { mappings: text, custom: { fillOpacity: 80, lineWidth: 0 } }, overrides: [] },
    options: { mergeValues: true, showValue: 'auto', legend: { showLegend: true, displayMode: 'list', placement: 'bottom' } },
  };
}

/** The heatmap of versions before 9 had its settings beside `options`. */
function migrateHeatmap(panel: JsonObject): JsonObject {
  if (panel['dataFormat'] === undefined && panel['cards'] === undefined) return panel;
  const color = asObject(panel['color']);
  const yAxis = asObject(panel['yAxis']);
  return {
    ...panel,
    fieldConfig: isObject(panel['fieldConfig']) ? panel['fieldConfig'] : { defaults: { custom: {} }, overrides: [] },
    options: {
      calculate: panel['dataFormat'] === 'timeseries',
      color: {
        mode: color['mode'] === 'opacity' ? 'opacity' : 'scheme',
        scheme: asString(color['colorScheme'], 'interpolateOranges').replace('interpolate', ''),
        fill: asString(color['cardColor'], 'dark-orange'),
        exponent: color['exponent'] ?? 0.5,
        steps: 64,
        reverse: panel['reverseYBuckets'] === true,
      },
      cellGap: 1,
      yAxis: {
        unit: asString(yAxis['format'], 'short'),
        decimals: yAxis['decimals'] ?? null,
        axisPlacement: yAxis['show'] === false ? 'hidden' : 'left',
      },
      legend: { show: at(panel, 'legend.show') !== false },
      ...asObject(panel['options']),
    },
  };
}

function migrateText(panel: JsonObject): JsonObject {
  if (panel['content'] === undefined || at(panel, 'options.content') !== undefined) return panel;
  const { content, mode, ...rest } = panel;
  return {
    ...rest,
    options: { ...asObject(panel['options']), content: content ?? '', mode: mode === 'text' ? 'markdown' : asString(mode, 'markdown') },
  };
}
