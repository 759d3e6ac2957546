/**
 * What a panel is given and what it must be: the seam between dashboards (which ask and prepare data) and panels (which draw it).
 *
 * Invariants: 1. A panel draws from `PanelProps` alone: it asks no server and reads no clock.  2. Values arrive raw; `display` and `calc` turn
 * them into text, colours and reductions.  3. Texts in data are untrusted: panels put them into the page as text, never as markup.
 */
import type { ComponentType } from 'react';

import type { Text } from '../lib/i18n';
import type { JsonObject } from './json';

/** A value ready to be shown. */
export interface DisplayValue {
  text: string;
  prefix?: string;
  suffix?: string;
  /** NaN if it is no number. */
  numeric: number;
  color?: string;
  /** 0 to 1 within the field's range. */
  percent?: number;
}

/** The whole text of a value with prefix and suffix. */
export function fullText(value: DisplayValue): string {
  return `${value.prefix ?? ''}${value.text}${value.suffix ?? ''}`;
}

/** What values of a field are. */
export type FieldType = 'time' | 'number' | 'string' | 'boolean' | 'other';

/** A step of a threshold scale; values at or above `value` have its colour. */
export interface ThresholdStep {
  /** `-Infinity` for the base. */
  value: number;
  color: string;
}

/** A link with its variables resolved. */
export interface PanelLink {
  title: string;
  url: string;
  newTab: boolean;
}

/** A column of a frame. */
export interface PanelField {
  /** Name in the data, which transformations and overrides go by. */
  name: string;
  /** Name to show. */
  title: string;
  /** Whether the name was written for it, rather than made of its labels or its query. */
  titled: boolean;
  type: FieldType;
  values: readonly unknown[];
  labels: Readonly<Record<string, string>>;
  /** Colour of the series: fixed, from the palette, or of its last value. */
  color: string;
  /** Field options of the panel type (`custom`), defaults and overrides merged. */
  custom: JsonObject;
  unit: string;
  /** Written limits. */
  min: number | undefined;
  max: number | undefined;
  decimals: number | undefined;
  /** Limits of the scale: written, or those of the data. */
  scale: { min: number; max: number };
  /** Ascending; in absolute values even if written in percent. */
  thresholds: readonly ThresholdStep[];
  /** The colour mode's name, such as `palette-classic`, `thresholds` or `continuous-GrYlRd`. */
  colorMode: string;
  hasMappings: boolean;
  /** The value as text; `decimals` overrides how many are shown. */
  display(value: unknown, decimals?: number): DisplayValue;
  /** The reduction of the values by a reducer such as `mean` or `lastNotNull`; `null` without values. */
  calc(reducer: string): unknown;
  /** Links of the value at a row. */
  links(row: number): PanelLink[];
}

/** A table of columns of equal length. */
export interface PanelFrame {
  name: string;
  refId: string;
  fields: readonly PanelField[];
  length: number;
  /** What the data source said about the frame: `heatmap-rows`, `log-lines`, or empty. */
  kind: string;
}

/** A mark on time axes. */
export interface Annotation {
  time: number;
  timeEnd: number | undefined;
  title: string;
  text: string;
  tags: readonly string[];
  color: string;
  /** Only those kept by the server. */
  id?: number;
}

/** Colours of the theme that canvases need. */
export interface PanelTheme {
  dark: boolean;
  text: string;
  textWeak: string;
  grid: string;
  background: string;
  border: string;
  font: string;
  /** A named colour (`semi-dark-red`) or CSS colour as CSS. */
  color(name: string): string;
}

/** A time range in Unix milliseconds. */
export interface Span {
  from: number;
  to: number;
}

/** Panels with the same group move their crosshairs together. */
export interface CrosshairGroup {
  key: string;
  tooltip: boolean;
}

/** An alert as the alert list shows it. */
export interface AlertRow {
  name: string;
  state: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Unix milliseconds, 0 if unknown. */
  since: number;
  value: string;
}

/** A dashboard as the dashboard list shows it. */
export interface DashboardRow {
  uid: string;
  title: string;
  url: string;
  folder: string;
  tags: readonly string[];
  starred: boolean;
}

/** Lists that some panels show beside queries; functions so that only those panels ask. */
export interface PanelLists {
  alerts(signal: AbortSignal): Promise<AlertRow[]>;
  dashboards(
    query: { query: string; tags: string[]; starred: boolean; limit: number; folderUid: string },
    signal: AbortSignal,
  ): Promise<DashboardRow[]>;
}

/** Everything that a panel draws from. */
export interface PanelProps {
  id: number;
  title: string;
  frames: readonly PanelFrame[];
  options: JsonObject;
  span: Span;
  /** Unix milliseconds of the data's moment, for relative times. */
  now: number;
  /** Step of the queries in milliseconds, 0 if unknown. */
  stepMs: number;
  width: number;
  height: number;
  theme: PanelTheme;
  zone: string;
  annotations: readonly Annotation[];
  crosshair: CrosshairGroup | undefined;
  /** Language of the reader, `en` or `ko`. */
  language: string;
  lists: PanelLists;
  /** Replaces variables in a text for people. */
  interpolate(text: string): string;
  onZoom(span: Span): void;
  onOptions(options: JsonObject): void;
  /** Asks for an annotation at an instant; absent where none can be kept. */
  onAnnotate: ((time: number) => void) | undefined;
  /** Adds an ad hoc filter; absent where the dashboard has none. */
  onFilter: ((key: string, operator: string, value: string) => void) | undefined;
}

/** Kinds of controls that an option has in the editor. */
export type OptionControl =
  | { kind: 'switch' }
  | { kind: 'number'; min?: number; max?: number; step?: number }
  | { kind: 'text'; multiline?: boolean }
  | { kind: 'select'; choices: readonly { value: string; text: Text }[] }
  | { kind: 'calcs' }
  | { kind: 'color' }
  | { kind: 'unit' };

/** An option of a panel type, as the editor shows it. */
export interface OptionSpec {
  /** Dotted path in `options`, or in `fieldConfig.defaults.custom` for field options. */
  path: string;
  label: Text;
  group: Text;
  control: OptionControl;
  /** What an absent value means. */
  fallback?: string | number | boolean | string[];
}

/** A panel type. */
export interface PanelKind {
  id: string;
  label: Text;
  View: ComponentType<PanelProps>;
  /** Panel options and field options (overridable). */
  options: readonly OptionSpec[];
  fieldOptions: readonly OptionSpec[];
  /** `fieldConfig.defaults` of a new panel, and where the document says nothing. */
  defaults: JsonObject;
  /** Whether it draws without data (text, lists). */
  needsData: boolean;
  /** `options` of a new panel. */
  initialOptions: JsonObject;
}
