/**
 * Field config and transformations as Grafana computes them, on `@grafana/data`.
 *
 * Invariants: 1. This is the only file of the product that imports `@grafana/data`, so that it can be replaced piece by piece.  2. It is loaded
 * with the dashboards' chunk only.  3. Nothing in a document can throw past `transform` and `decorate`: a transformation that fails is left out
 * and named in the result.
 */
import {
  FieldConfigOptionsRegistry,
  FieldType as GrafanaFieldType,
  applyFieldOverrides,
  createTheme,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  fieldReducers,
  getActiveThreshold,
  getDisplayProcessor,
  getFieldColorModeForField,
  getFieldDisplayName,
  getFieldSeriesColor,
  getValueFormats,
  identityOverrideProcessor,
  isReducerID,
  numberOverrideProcessor,
  reduceField,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  transformDataFrame,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import type { DataFrame, DataTransformerInfo, Field, FieldConfigPropertyItem, GrafanaTheme2 } from '@grafana/data';

import type { DisplayValue, FieldType, PanelField, PanelFrame, PanelLink, ThresholdStep } from '../../panels/contract';
import { asObject, asObjects, asString, cloneJson } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import type { FieldConfigSource, Transformation } from '../model/types';
import type { RawFrame } from './frames';
import { joinByLabels, partitionByValues, rowsToFields } from './reshape';
import { sound } from './sound';
import { extractFields, prepareTimeSeries } from './transforms';

/** Replaces variables in a text, with values of the field at hand in `scope`. */
export type Replace = (text: string, scope: Readonly<Record<string, unknown>>) => string;

/** Links of a value: the written links, the place of the value, and how to read it. */
export type LinkResolver = (links: readonly JsonObject[], frame: PanelFrame, field: PanelField, row: number) => PanelLink[];

/** What `decorate` needs beside the frames. */
export interface DecorateOptions {
  fieldConfig: FieldConfigSource;
  /** Defaults of the panel type, below the document's. */
  defaults: JsonObject;
  dark: boolean;
  zone: string;
  replace: Replace;
  links: LinkResolver;
}

/** Frames after transformations, with what could not be applied. */
export interface Transformed {
  frames: RawFrame[];
  problems: string[];
}

const OWN = new Map<string, (frames: RawFrame[], options: JsonObject) => RawFrame[]>([
  ['extractFields', extractFields],
  ['prepareTimeSeries', prepareTimeSeries],
  ['partitionByValues', partitionByValues],
  ['rowsToFields', rowsToFields],
  ['joinByLabels', joinByLabels],
]);

let registered = false;

/** Once per page: the registry throws on a second registration and on the aliases that `standardTransformers` holds twice. */
function registerTransformers(): void {
  if (registered) return;
  registered = true;
  const byId = new Map<string, DataTransformerInfo>();
  for (const info of Object.values(standardTransformers) as DataTransformerInfo[]) byId.set(info.id, info);
  standardTransformersRegistry.setInit(() =>
    [...byId.values()].map((info) => ({
      id: info.id,
      name: info.name,
      imageDark: '',
      imageLight: '',
      editor: () => null,
      transformation: async () => info,
      ...(info.defaultOptions === undefined ? {} : { defaultOptions: info.defaultOptions }),
    })),
  );
}

/** Names of the transformations that can be applied. */
export function transformationIds(): string[] {
  registerTransformers();
  return [...new Set([...standardTransformersRegistry.list().map((item) => item.id), ...OWN.keys()])].sort();
}

/** Applies transformations in order. */
export async function transform(frames: RawFrame[], transformations: readonly Transformation[], replace: Replace): Promise<Transformed> {
  registerTransformers();
  const problems: string[] = [];
  let current = frames;
  for (const step of transformations) {
    if (step['disabled'] === true) continue;
    const options = asObject(replaceDeep(step.options, replace));
    try {
      const own = OWN.get(step.id);
      if (own !== undefined) current = own(current, options);
      else if (standardTransformersRegistry.getIfExists(step.id) === undefined) problems.push(step.id);
      else current = fromGrafana(await once(current.map(toGrafana), { ...step, options }, replace));
    } catch (error) {
      problems.push(`${step.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { frames: current, problems };
}

function replaceDeep(value: Json, replace: Replace): Json {
  if (typeof value === 'string') return value.includes('$') || value.includes('[[') ? replace(value, {}) : value;
  if (Array.isArray(value)) return value.map((member) => replaceDeep(member, replace));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, member === undefined ? null : replaceDeep(member, replace)]),
  );
}

function once(frames: DataFrame[], step: Transformation, replace: Replace): Promise<DataFrame[]> {
  return new Promise((resolve, reject) => {
    let last = frames;
    transformDataFrame([{ ...step }], frames, { interpolate: (text: string) => replace(text, {}) }).subscribe({
      next: (value) => {
        last = value;
      },
      error: reject,
      complete: () => resolve(last),
    });
  });
}

function toGrafana(frame: RawFrame): DataFrame {
  return {
    refId: frame.refId,
    ...(frame.name === undefined ? {} : { name: frame.name }),
    length: frame.length,
    ...(frame.kind === undefined ? {} : { meta: { custom: { kind: frame.kind } } }),
    fields: frame.fields.map((field): Field => ({
      name: field.name,
      type: field.type as GrafanaFieldType,
      config: { ...field.config } as Field['config'],
      values: field.values,
      ...(field.labels === undefined ? {} : { labels: field.labels }),
    })),
  };
}

function fromGrafana(frames: DataFrame[]): RawFrame[] {
  return frames.map((frame): RawFrame => {
    const kind = frame.meta?.custom?.['kind'] as string | undefined;
    return {
      refId: frame.refId ?? '',
      ...(frame.name === undefined ? {} : { name: frame.name }),
      ...(kind === undefined ? {} : { kind }),
      length: frame.length,
      fields: frame.fields.map((field) => ({
        name: field.name,
        type: fieldType(field),
        values: field.values,
        config: field.config as unknown as JsonObject,
        ...(field.labels === undefined ? {} : { labels: field.labels }),
      })),
    };
  });
}

function fieldType(field: Field): FieldType {
  switch (field.type) {
    case GrafanaFieldType.time:
      return 'time';
    case GrafanaFieldType.number:
      return 'number';
    case GrafanaFieldType.string:
      return 'string';
    case GrafanaFieldType.boolean:
      return 'boolean';
    default:
      return 'other';
  }
}

const noEditor = (): null => null;

function property(id: string, process: FieldConfigPropertyItem['process']): FieldConfigPropertyItem {
  const custom = id.startsWith('custom.');
  return {
    id,
    path: custom ? id.slice('custom.'.length) : id,
    name: id,
    description: '',
    isCustom: custom,
    editor: noEditor,
    override: noEditor,
    process,
    settings: {},
    shouldApply: () => true,
  };
}

/** Values are copied: an override of `hideFrom.viz` must not write into the document's `hideFrom`. */
const copied: FieldConfigPropertyItem['process'] = (value: unknown) => identityOverrideProcessor(cloneJson(value as Json | undefined));

const registry = new FieldConfigOptionsRegistry(() => [
  property('displayName', displayNameOverrideProcessor as FieldConfigPropertyItem['process']),
  property('unit', unitOverrideProcessor as FieldConfigPropertyItem['process']),
  property('min', numberOverrideProcessor as FieldConfigPropertyItem['process']),
  property('max', numberOverrideProcessor as FieldConfigPropertyItem['process']),
  property('decimals', numberOverrideProcessor as FieldConfigPropertyItem['process']),
  property('fieldMinMax', copied),
  property('description', copied),
  property('filterable', copied),
  property('noValue', stringOverrideProcessor as FieldConfigPropertyItem['process']),
  property('color', copied),
  property('thresholds', thresholdsOverrideProcessor as FieldConfigPropertyItem['process']),
  property('mappings', valueMappingsOverrideProcessor as FieldConfigPropertyItem['process']),
  property('links', dataLinksOverrideProcessor as FieldConfigPropertyItem['process']),
]);

/** Custom paths kept in the registry; documents name about a hundred. */
const PATHS_MAX = 2000;

/** Overrides without a registered property are dropped silently, so every path that a document uses is registered first. */
function registerPaths(defaults: JsonObject, overrides: readonly JsonObject[]): void {
  const ids = [
    ...Object.keys(asObject(defaults['custom'])).map((key) => `custom.${key}`),
    ...overrides.flatMap((override) => asObjects(override['properties']).map((item) => asString(item['id']))),
  ];
  for (const id of ids) {
    if (id !== '' && registry.getIfExists(id) === undefined && registry.list().length < PATHS_MAX) registry.register(property(id, copied));
  }
}

const themes = new Map<boolean, GrafanaTheme2>();

function themeOf(dark: boolean): GrafanaTheme2 {
  let theme = themes.get(dark);
  if (theme === undefined) {
    theme = createTheme({ colors: { mode: dark ? 'dark' : 'light' } });
    themes.set(dark, theme);
  }
  return theme;
}

/** A colour by Grafana's name (`semi-dark-red`) or CSS, as CSS. */
export function namedColor(name: string, dark: boolean): string {
  if (name === 'transparent' || name === '') return 'rgba(0,0,0,0)';
  return themeOf(dark).visualization.getColorByName(name);
}

/** The classic palette, for slices and buckets without a field. */
export function paletteColor(index: number, dark: boolean): string {
  const { palette } = themeOf(dark).visualization;
  return namedColor(palette[index % palette.length] ?? 'gray', dark);
}

/** The frames with field config applied. */
export function decorate(frames: readonly RawFrame[], options: DecorateOptions): PanelFrame[] {
  try {
    return applyConfig(frames, options);
  } catch (error) {
    // Field config that even `sound` lets through wrongly: the data without it is worth more than no panel.
    if (Object.keys(options.fieldConfig.defaults).length === 0 && options.fieldConfig.overrides.length === 0) throw error;
    return applyConfig(frames, { ...options, fieldConfig: { defaults: {}, overrides: [] } });
  }
}

function applyConfig(frames: readonly RawFrame[], options: DecorateOptions): PanelFrame[] {
  const defaults = {
    ...options.defaults,
    ...options.fieldConfig.defaults,
    custom: { ...asObject(options.defaults['custom']), ...asObject(options.fieldConfig.defaults['custom']) },
  } as JsonObject;
  const overrides = asObjects(options.fieldConfig.overrides)
    .filter((override) => asString(asObject(override['matcher'])['id']) !== '')
    .map(sound);
  registerPaths(defaults, overrides);
  const theme = themeOf(options.dark);
  const applied = applyFieldOverrides({
    data: frames.map(toGrafana),
    fieldConfig: { defaults: sound(defaults) as never, overrides: overrides as never },
    fieldConfigRegistry: registry,
    replaceVariables: (text, scope) => options.replace(text, scopeValues(scope)),
    theme,
    timeZone: options.zone,
  });
  return applied.map((frame) => {
    const out: PanelFrame = {
      name: frame.name ?? '',
      refId: frame.refId ?? '',
      length: frame.length,
      kind: (frame.meta?.custom?.['kind'] as string | undefined) ?? '',
      fields: [],
    };
    return Object.assign(out, { fields: frame.fields.map((field) => panelField(field, frame, applied, out, theme, options)) });
  });
}

function scopeValues(scope: Readonly<Record<string, { value?: unknown } | undefined>> | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(scope ?? {}).map(([name, variable]) => [name, variable?.value]));
}

function panelField(
  field: Field,
  frame: DataFrame,
  all: DataFrame[],
  owner: PanelFrame,
  theme: GrafanaTheme2,
  options: DecorateOptions,
): PanelField {
  const display = field.display ?? getDisplayProcessor({ field, theme, timeZone: options.zone });
  const range = field.state?.range;
  const scale = { min: field.config.min ?? range?.min ?? 0, max: field.config.max ?? range?.max ?? 100 };
  const links = (field.config.links ?? []) as unknown as JsonObject[];
  const self: PanelField = {
    name: field.name,
    title: getFieldDisplayName(field, frame, all),
    titled: (field.config.displayName ?? '') !== '',
    type: fieldType(field),
    values: field.values,
    labels: field.labels ?? {},
    color: seriesColor(field, theme),
    custom: asObject(field.config.custom as Json | undefined),
    unit: field.config.unit ?? '',
    min: field.config.min ?? undefined,
    max: field.config.max ?? undefined,
    decimals: field.config.decimals ?? undefined,
    scale: { min: scale.min ?? 0, max: scale.max ?? 100 },
    thresholds: thresholdSteps(field, scale, theme),
    colorMode: getFieldColorModeForField(field).id,
    hasMappings: (field.config.mappings ?? []).length > 0,
    display: (value, decimals) => shown(display(value, decimals)),
    calc: (reducer) => calc(field, reducer),
    links: (row) => (links.length === 0 ? [] : options.links(links, owner, self, row)),
  };
  return self;
}

function shown(value: { text: string; prefix?: string; suffix?: string; numeric: number; color?: string; percent?: number }): DisplayValue {
  const out: DisplayValue = { text: value.text, numeric: value.numeric };
  if (value.prefix !== undefined) out.prefix = value.prefix;
  if (value.suffix !== undefined) out.suffix = value.suffix;
  if (value.color !== undefined) out.color = value.color;
  if (value.percent !== undefined) out.percent = value.percent;
  return out;
}

function seriesColor(field: Field, theme: GrafanaTheme2): string {
  return field.type === GrafanaFieldType.time ? theme.visualization.getColorByName('text') : getFieldSeriesColor(field, theme).color;
}

function thresholdSteps(field: Field, scale: { min: number | null; max: number | null }, theme: GrafanaTheme2): ThresholdStep[] {
  const thresholds = field.config.thresholds;
  if (thresholds === undefined) return [];
  const min = scale.min ?? 0;
  const size = (scale.max ?? 100) - min;
  return thresholds.steps.map(({ value, color }) => ({
    value: !Number.isFinite(value) ? -Infinity : thresholds.mode === 'percentage' ? min + (value / 100) * size : value,
    color: color === 'transparent' ? 'rgba(0,0,0,0)' : theme.visualization.getColorByName(color),
  }));
}

function calc(field: Field, reducer: string): unknown {
  if (field.values.length === 0) return null;
  const id = reducer === 'current' ? 'lastNotNull' : reducer === 'avg' ? 'mean' : reducer === 'total' ? 'sum' : reducer;
  if (!isReducerID(id) && fieldReducers.getIfExists(id) === undefined) return null;
  return reduceField({ field, reducers: [id] })[id] ?? null;
}

/** The colour of the threshold that a value reaches. */
export function thresholdColor(value: number, steps: readonly ThresholdStep[]): string | undefined {
  return steps.length === 0 ? undefined : getActiveThreshold(value, [...steps]).color;
}

/** A reducer as menus show it. */
export interface ReducerName {
  id: string;
  name: string;
}

/** Every reducer, in Grafana's order. */
export function reducers(): ReducerName[] {
  return fieldReducers.list().map(({ id, name }) => ({ id, name }));
}

/** Units by category. */
export function units(): { category: string; units: { id: string; name: string }[] }[] {
  return getValueFormats().map((group) => ({
    category: group.text,
    units: (group.submenu ?? []).map((unit) => ({ id: unit.value ?? '', name: unit.text })),
  }));
}
