import { describe, expect, it } from 'vitest';

import { at } from '../../panels/json';
import type { JsonObject } from '../../panels/json';
import { migratePanel } from './migrate';
import { migrateMappings } from './migrate-mappings';

const graph: JsonObject = {
  type: 'graph',
  title: 'CPU',
  fill: 3,
  linewidth: 2,
  stack: true,
  percentage: true,
  nullPointMode: 'connected',
  steppedLine: true,
  decimals: 1,
  shred: 'kept',
  legend: {
    show: true,
    values: true,
    current: true,
    avg: true,
    alignAsTable: true,
    rightSide: true,
    sort: 'avg',
    sortDesc: true,
    sideWidth: 300,
  },
  tooltip: { shared: true, sort: 2 },
  yaxes: [
    { format: 'percentunit', min: 0, max: '1', logBase: 1, label: 'load', show: true },
    { format: 'bytes', min: '0' },
  ],
  aliasColors: { idle: '#00ff00' },
  seriesOverrides: [
    { alias: '/out.*/', transform: 'negative-Y', fill: 0 },
    { alias: 'mem', yaxis: 2, lines: false, bars: true },
    { alias: 'z', zindex: 3 },
  ],
  thresholds: [
    { value: 0.9, op: 'gt', colorMode: 'critical', fill: true, line: true },
    { value: 0.7, op: 'gt', colorMode: 'warning', fill: true, line: true },
  ],
  targets: [{ expr: 'x' }],
};

describe('graph', () => {
  const migrated = migratePanel(graph);
  it.each([
    ['type', 'timeseries'],
    ['title', 'CPU'],
    ['shred', 'kept'],
    ['fieldConfig.defaults.unit', 'percentunit'],
    ['fieldConfig.defaults.min', 0],
    ['fieldConfig.defaults.max', 1],
    ['fieldConfig.defaults.decimals', 1],
    ['fieldConfig.defaults.custom.fillOpacity', 30],
    ['fieldConfig.defaults.custom.lineWidth', 2],
    ['fieldConfig.defaults.custom.stacking.mode', 'percent'],
    ['fieldConfig.defaults.custom.spanNulls', true],
    ['fieldConfig.defaults.custom.lineInterpolation', 'stepAfter'],
    ['fieldConfig.defaults.custom.axisLabel', 'load'],
    ['fieldConfig.defaults.custom.thresholdsStyle.mode', 'line+area'],
    [
      'fieldConfig.defaults.thresholds.steps',
      [
        { value: null, color: 'transparent' },
        { value: 0.7, color: 'orange' },
        { value: 0.9, color: 'red' },
      ],
    ],
    [
      'options.legend',
      {
        showLegend: true,
        displayMode: 'table',
        placement: 'right',
        calcs: ['mean', 'lastNotNull'],
        sortBy: 'Mean',
        sortDesc: true,
        width: 300,
      },
    ],
    ['options.tooltip', { mode: 'multi', sort: 'desc' }],
    ['yaxes', undefined],
  ])('%s', (path, expected) => expect(at(migrated, path)).toEqual(expected));

  it('turns colours and series overrides into overrides', () => {
    expect(at(migrated, 'fieldConfig.overrides')).toEqual([
      { matcher: { id: 'byName', options: 'idle' }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: '#00ff00' } }] },
      {
        matcher: { id: 'byRegexp', options: '/out.*/' },
        properties: [
          { id: 'custom.transform', value: 'negative-Y' },
          { id: 'custom.fillOpacity', value: 0 },
        ],
      },
      {
        matcher: { id: 'byName', options: 'mem' },
        properties: [
          { id: 'custom.axisPlacement', value: 'right' },
          { id: 'unit', value: 'bytes' },
          { id: 'min', value: 0 },
          { id: 'custom.drawStyle', value: 'bars' },
        ],
      },
    ]);
  });

  it('does not change what it was given', () => {
    const before = JSON.stringify(graph);
    migratePanel(graph);
    expect(JSON.stringify(graph)).toBe(before);
  });
});

describe('other old panels', () => {
  it.each<[string, JsonObject, string, unknown]>([
    ['graph of bars', { type: 'graph', bars: true, lines: false, yaxes: [] }, 'fieldConfig.defaults.custom.drawStyle', 'bars'],
    ['graph by series', { type: 'graph', xaxis: { mode: 'series', values: ['avg'] } }, 'type', 'bargauge'],
    ['graph as histogram', { type: 'graph', xaxis: { mode: 'histogram' } }, 'type', 'histogram'],
    ['log axis', { type: 'graph', yaxes: [{ logBase: 10 }] }, 'fieldConfig.defaults.custom.scaleDistribution', { type: 'log', log: 10 }],
    ['schema 7 formats', { type: 'graph', y_formats: ['bytes', 'short'], grid: { leftMin: 0 } }, 'fieldConfig.defaults.unit', 'bytes'],
    ['singlestat', { type: 'singlestat', format: 's', valueName: 'current' }, 'options.reduceOptions.calcs', ['lastNotNull']],
    ['singlestat average is its default', { type: 'singlestat' }, 'options.reduceOptions.calcs', ['mean']],
    [
      'singlestat background',
      { type: 'singlestat', colorBackground: true, thresholds: '1,5', colors: ['g', 'y', 'r'] },
      'fieldConfig.defaults.thresholds.steps',
      [
        { color: 'g', value: null },
        { color: 'y', value: 1 },
        { color: 'r', value: 5 },
      ],
    ],
    ['singlestat sparkline', { type: 'singlestat', sparkline: { show: true } }, 'options.graphMode', 'area'],
    ['singlestat as gauge', { type: 'singlestat', gauge: { show: true, minValue: 0, maxValue: 1 } }, 'type', 'gauge'],
    [
      'singlestat null text',
      { type: 'singlestat', valueMaps: [{ value: 'null', text: 'N/A', op: '=' }] },
      'fieldConfig.defaults.mappings',
      [{ type: 'special', options: { match: 'null', result: { text: 'N/A', index: 0 } } }],
    ],
    ['singlestat postfix', { type: 'singlestat', format: 'none', postfix: ' pods' }, 'fieldConfig.defaults.unit', 'suffix: pods'],
    [
      'table column style',
      { type: 'table', styles: [{ pattern: 'Time', type: 'hidden' }] },
      'fieldConfig.overrides',
      [{ matcher: { id: 'byName', options: 'Time' }, properties: [{ id: 'custom.hidden', value: true }] }],
    ],
    [
      'table series to columns',
      { type: 'table-old', transform: 'timeseries_to_columns' },
      'transformations',
      [{ id: 'joinByField', options: { byField: 'Time' } }],
    ],
    ['piechart', { type: 'grafana-piechart-panel', pieType: 'donut', legendType: 'Right side' }, 'options.legend.placement', 'right'],
    ['discrete', { type: 'natel-discrete-panel' }, 'type', 'state-timeline'],
    ['text', { type: 'text', mode: 'html', content: '<b>x</b>' }, 'options', { content: '<b>x</b>', mode: 'html' }],
    [
      'heatmap',
      { type: 'heatmap', dataFormat: 'tsbuckets', color: { colorScheme: 'interpolateSpectral' }, yAxis: { format: 's' } },
      'options.color.scheme',
      'Spectral',
    ],
    [
      'gauge of version 6',
      { type: 'gauge', options: { fieldOptions: { calcs: ['max'], defaults: { unit: 'percent', max: 100 }, values: false } } },
      'fieldConfig.defaults.max',
      100,
    ],
    [
      'hidden legend',
      { type: 'timeseries', fieldConfig: { defaults: {} }, options: { legend: { displayMode: 'hidden' } } },
      'options.legend.showLegend',
      false,
    ],
    ['unknown type', { type: 'grafana-polystat-panel', polystat: { a: 1 } }, 'polystat.a', 1],
  ])('%s', (_name, panel, path, expected) => expect(at(migratePanel(panel), path)).toEqual(expected));
});

describe('mappings', () => {
  it.each([
    ['value', [{ type: 1, value: '1', text: 'UP' }], [{ type: 'value', options: { '1': { text: 'UP', index: 0 } } }]],
    [
      'range',
      [{ type: 2, from: '0', to: '5', text: 'low' }],
      [{ type: 'range', options: { from: 0, to: 5, result: { text: 'low', index: 0 } } }],
    ],
    [
      'null',
      [{ type: 2, from: 'null', to: 'null', text: 'none' }],
      [{ type: 'special', options: { match: 'null', result: { text: 'none', index: 0 } } }],
    ],
    [
      "today's",
      [{ type: 'special', options: { match: 'nan', result: { text: '-' } } }],
      [{ type: 'special', options: { match: 'nan', result: { text: '-' } } }],
    ],
    ['nothing', 'broken', []],
  ])('%s', (_name, written, expected) => expect(migrateMappings(written as never)).toEqual(expected));
});
