/** How a series is drawn: the field options of graphs, read once. */
import type { PanelField } from '../contract';
import { asArray, asBoolean, asNumber, asString, at, oneOf } from '../json';

/** Field options of a graph, with defaults. */
export interface SeriesStyle {
  draw: 'line' | 'bars' | 'points';
  interpolation: 'linear' | 'smooth' | 'stepBefore' | 'stepAfter';
  lineWidth: number;
  dash: number[] | undefined;
  fillOpacity: number;
  gradient: 'none' | 'opacity' | 'hue' | 'scheme';
  points: 'auto' | 'always' | 'never';
  pointSize: number;
  /** `true`: all gaps; a number: gaps up to that many milliseconds. */
  spanNulls: boolean | number;
  stack: 'none' | 'normal' | 'percent';
  stackGroup: string;
  negative: boolean;
  constant: boolean;
  barAlignment: number;
  barWidth: number;
  axis: 'auto' | 'left' | 'right' | 'hidden';
  axisLabel: string;
  axisWidth: number | undefined;
  centeredZero: boolean;
  softMin: number | undefined;
  softMax: number | undefined;
  /** 0 for a linear scale, else the base of the logarithm. */
  log: number;
  gridShow: boolean;
  thresholds: 'off' | 'line' | 'area' | 'line+area' | 'dashed' | 'dashed+area';
  fillBelowTo: string;
  hide: { graph: boolean; legend: boolean; tooltip: boolean };
}

/** The style of a field. */
export function styleOf(field: PanelField): SeriesStyle {
  const { custom } = field;
  const spanNulls = custom['spanNulls'];
  const scale = asString(at(custom, 'scaleDistribution.type'));
  const thresholds = oneOf(
    at(custom, 'thresholdsStyle.mode'),
    ['off', 'line', 'area', 'line+area', 'dashed', 'dashed+area'] as const,
    'off',
  );
  return {
    draw: oneOf(custom['drawStyle'], ['line', 'bars', 'points'] as const, 'line'),
    interpolation: oneOf(custom['lineInterpolation'], ['linear', 'smooth', 'stepBefore', 'stepAfter'] as const, 'linear'),
    lineWidth: Math.min(20, Math.max(0, asNumber(custom['lineWidth'], 1))),
    dash: dashOf(field),
    fillOpacity: Math.min(100, Math.max(0, asNumber(custom['fillOpacity'], 0))),
    gradient: oneOf(custom['gradientMode'], ['none', 'opacity', 'hue', 'scheme'] as const, 'none'),
    points: oneOf(custom['showPoints'], ['auto', 'always', 'never'] as const, 'auto'),
    pointSize: Math.min(40, Math.max(1, asNumber(custom['pointSize'], 5))),
    spanNulls: typeof spanNulls === 'number' ? spanNulls : asBoolean(spanNulls),
    stack: oneOf(at(custom, 'stacking.mode'), ['none', 'normal', 'percent'] as const, 'none'),
    stackGroup: asString(at(custom, 'stacking.group'), 'A'),
    negative: custom['transform'] === 'negative-Y',
    constant: custom['transform'] === 'constant',
    barAlignment: Math.sign(asNumber(custom['barAlignment'], 0)),
    barWidth: Math.min(1, Math.max(0.05, asNumber(custom['barWidthFactor'], 0.6))),
    axis: oneOf(custom['axisPlacement'], ['auto', 'left', 'right', 'hidden'] as const, 'auto'),
    axisLabel: asString(custom['axisLabel']),
    axisWidth: asNumber(custom['axisWidth']),
    centeredZero: asBoolean(custom['axisCenteredZero']),
    softMin: asNumber(custom['axisSoftMin']),
    softMax: asNumber(custom['axisSoftMax']),
    log: scale === 'log' || scale === 'symlog' ? asNumber(at(custom, 'scaleDistribution.log'), 10) : 0,
    gridShow: custom['axisGridShow'] !== false,
    thresholds,
    fillBelowTo: asString(custom['fillBelowTo']),
    hide: hiddenFrom(field),
  };
}

/** Where a field is hidden; `vis` is a misspelling that documents carry. */
export function hiddenFrom(field: PanelField): SeriesStyle['hide'] {
  const hide = field.custom['hideFrom'];
  return {
    graph: asBoolean(at(hide, 'viz')) || asBoolean(at(hide, 'vis')),
    legend: asBoolean(at(hide, 'legend')),
    tooltip: asBoolean(at(hide, 'tooltip')),
  };
}

function dashOf(field: PanelField): number[] | undefined {
  const fill = asString(at(field.custom, 'lineStyle.fill'));
  const dash = asArray(at(field.custom, 'lineStyle.dash')).map((value) => asNumber(value, 10));
  if (fill === 'dot') return dash.length > 0 ? dash : [0, 10];
  return fill === 'dash' ? (dash.length > 0 ? dash : [10, 10]) : undefined;
}
