/** Options that several panel types have, as the editor shows them. */
import type { Text } from '../lib/i18n';
import type { OptionControl, OptionSpec } from './contract';

type Choice = readonly [value: string, en: string, ko: string];

/** Option groups. */
export const GROUPS = {
  panel: ['Panel', '패널'],
  value: ['Values', '값'],
  legend: ['Legend', '범례'],
  tooltip: ['Tooltip', '툴팁'],
  graph: ['Graph styles', '그래프 모양'],
  axis: ['Axis', '축'],
  table: ['Table', '표'],
  cell: ['Cell', '셀'],
  color: ['Colours', '색'],
} as const satisfies Record<string, Text>;

/** A switch. */
export function onOff(path: string, label: Text, group: Text, fallback: boolean): OptionSpec {
  return { path, label, group, control: { kind: 'switch' }, fallback };
}

/** A choice of words. */
export function choice(path: string, label: Text, group: Text, fallback: string, choices: readonly Choice[]): OptionSpec {
  return {
    path,
    label,
    group,
    fallback,
    control: { kind: 'select', choices: choices.map(([value, en, ko]) => ({ value, text: [en, ko] as const })) },
  };
}

/** A number. */
export function number(
  path: string,
  label: Text,
  group: Text,
  fallback?: number,
  limits: { min?: number; max?: number; step?: number } = {},
): OptionSpec {
  return { path, label, group, control: { kind: 'number', ...limits }, ...(fallback === undefined ? {} : { fallback }) };
}

/** A text. */
export function text(path: string, label: Text, group: Text, multiline = false): OptionSpec {
  const control: OptionControl = { kind: 'text', multiline };
  return { path, label, group, control, fallback: '' };
}

/** A list of reductions. */
export function calcs(path: string, label: Text, group: Text): OptionSpec {
  return { path, label, group, control: { kind: 'calcs' }, fallback: [] };
}

/** Legend settings. */
export const LEGEND: readonly OptionSpec[] = [
  onOff('legend.showLegend', ['Show the legend', '범례 표시'], GROUPS.legend, true),
  choice('legend.displayMode', ['Form', '형태'], GROUPS.legend, 'list', [
    ['list', 'List', '목록'],
    ['table', 'Table', '표'],
  ]),
  choice('legend.placement', ['Place', '위치'], GROUPS.legend, 'bottom', [
    ['bottom', 'Bottom', '아래'],
    ['right', 'Right', '오른쪽'],
  ]),
  calcs('legend.calcs', ['Values', '값'], GROUPS.legend),
];

/** Tooltip settings. */
export const TOOLTIP: readonly OptionSpec[] = [
  choice('tooltip.mode', ['Shows', '표시'], GROUPS.tooltip, 'single', [
    ['single', 'Nearest series', '가까운 시계열'],
    ['multi', 'All series', '모든 시계열'],
    ['none', 'Nothing', '표시 안 함'],
  ]),
  choice('tooltip.sort', ['Order', '정렬'], GROUPS.tooltip, 'none', [
    ['none', 'As drawn', '그린 순서'],
    ['asc', 'Ascending', '오름차순'],
    ['desc', 'Descending', '내림차순'],
  ]),
];

/** Which values a panel reduces. */
export const REDUCE: readonly OptionSpec[] = [
  onOff('reduceOptions.values', ['Every row instead of one value', '값 하나 대신 모든 행'], GROUPS.value, false),
  calcs('reduceOptions.calcs', ['Calculation', '계산'], GROUPS.value),
  text('reduceOptions.fields', ['Fields (name or /pattern/)', '필드 (이름 또는 /패턴/)'], GROUPS.value),
];

/** Orientation of repeated boxes. */
export const ORIENTATION = choice('orientation', ['Orientation', '방향'], GROUPS.panel, 'auto', [
  ['auto', 'Automatic', '자동'],
  ['horizontal', 'Horizontal', '가로'],
  ['vertical', 'Vertical', '세로'],
]);

/** Field options of anything with an axis. */
export const AXIS: readonly OptionSpec[] = [
  choice('axisPlacement', ['Axis', '축'], GROUPS.axis, 'auto', [
    ['auto', 'Automatic', '자동'],
    ['left', 'Left', '왼쪽'],
    ['right', 'Right', '오른쪽'],
    ['hidden', 'Hidden', '숨김'],
  ]),
  text('axisLabel', ['Label', '이름'], GROUPS.axis),
  number('axisSoftMin', ['Soft minimum', '유연한 최솟값'], GROUPS.axis),
  number('axisSoftMax', ['Soft maximum', '유연한 최댓값'], GROUPS.axis),
  choice('scaleDistribution.type', ['Scale', '눈금'], GROUPS.axis, 'linear', [
    ['linear', 'Linear', '선형'],
    ['log', 'Logarithmic', '로그'],
  ]),
];
