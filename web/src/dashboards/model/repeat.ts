/**
 * From document to what is shown: sections of rows, repeated rows and panels, collapsed rows.
 *
 * Invariants: 1. The document is not changed.  2. Every item has a key that stays the same while the repeated value does, so that
 * a refreshed variable does not remount panels.  3. Items of a collapsed row are absent.
 */
import { asNumber, asString } from '../../panels/json';
import type { VariableValue } from './interpolate';
import { bottom, compact } from './layout';
import { GRID_COLUMNS, isRow } from './types';
import type { GridPos, Panel } from './types';

/** Values that a repeat gives to variables, by name. */
export type Scope = ReadonlyMap<string, VariableValue>;

/** A panel or row header as shown. */
export interface ViewItem {
  key: string;
  panel: Panel;
  pos: GridPos;
  scope: Scope;
  /** Only rows. */
  collapsed: boolean;
  /** Whether the document holds this very item: copies of a repeat cannot be moved. */
  original: boolean;
}

/** The values to repeat over for a variable; empty if there is none of that name. */
export type RepeatValues = (variable: string) => { value: string; text: string }[];

/** Copies of one repeat: more would not be looked at, and each runs queries. */
export const REPEATS_MAX = 100;

const PER_ROW = 4;

interface Section {
  row: Panel | undefined;
  panels: Panel[];
}

/** Items in order, without gaps. `collapsed` overrides the document's state of a row, by item key. */
export function viewItems(panels: readonly Panel[], values: RepeatValues, collapsed: ReadonlyMap<string, boolean>): ViewItem[] {
  const items: ViewItem[] = [];
  let top = 0;
  for (const section of sections(panels)) {
    for (const [scope, suffix] of copies(section.row, values)) {
      if (section.row !== undefined) {
        const key = `row-${section.row.id}${suffix}`;
        const isCollapsed = collapsed.get(key) ?? section.row.collapsed === true;
        items.push({
          key,
          panel: section.row,
          pos: { x: 0, y: top, w: GRID_COLUMNS, h: 1 },
          scope,
          collapsed: isCollapsed,
          original: suffix === '',
        });
        top += 1;
        if (isCollapsed) continue;
      }
      const placed = placeSection(section, scope, suffix, values, top);
      items.push(...placed);
      top = Math.max(top, bottom(placed.map((item) => item.pos)));
    }
  }
  return items;
}

/** A row owns the panels listed after it (expanded) or inside it (collapsed). Panels go by position, as old documents are unsorted. */
function sections(panels: readonly Panel[]): Section[] {
  const sorted = [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  const out: Section[] = [{ row: undefined, panels: [] }];
  for (const panel of sorted) {
    if (isRow(panel)) out.push({ row: panel, panels: [...(panel.panels ?? [])] });
    else out.at(-1)?.panels.push(panel);
  }
  return out.filter((section) => section.row !== undefined || section.panels.length > 0);
}

function copies(panel: Panel | undefined, values: RepeatValues): [Scope, string][] {
  const variable = asString(panel?.['repeat']);
  const found = variable === '' ? [] : values(variable).slice(0, REPEATS_MAX);
  if (found.length === 0) return [[new Map(), '']];
  return found.map(({ value, text }, index) => [new Map([[variable, { value, text }]]), index === 0 ? '' : `-${variable}-${value}`]);
}

function placeSection(section: Section, scope: Scope, suffix: string, values: RepeatValues, top: number): ViewItem[] {
  const sorted = [...section.panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  const base = sorted[0]?.gridPos.y ?? 0;
  const items: ViewItem[] = [];
  // Rows of cells that repeats above have pushed everything below them down by.
  let pushed = 0;
  for (const panel of sorted) {
    const home = { ...panel.gridPos, y: panel.gridPos.y - base + pushed };
    const repeated = copies(panel, values);
    const vertical = panel['repeatDirection'] === 'v';
    const repeats = repeated.some(([own]) => own.size > 0);
    const perRow = Math.max(1, Math.min(repeated.length, asNumber(panel['maxPerRow'], PER_ROW)));
    repeated.forEach(([own, ownSuffix], index) => {
      const pos = !repeats ? home : vertical ? { ...home, y: home.y + index * home.h } : horizontal(home, index, perRow);
      items.push({
        key: `panel-${panel.id}${suffix}${ownSuffix}`,
        panel,
        pos,
        scope: new Map([...scope, ...own]),
        collapsed: false,
        original: suffix === '' && ownSuffix === '',
      });
    });
    if (repeats) pushed += (vertical ? repeated.length - 1 : Math.ceil(repeated.length / perRow) - 1) * home.h;
  }
  const placed = compact(items.map((item) => item.pos));
  return items.map((item, index) => ({ ...item, pos: { ...(placed[index] ?? item.pos), y: (placed[index]?.y ?? item.pos.y) + top } }));
}

function horizontal(home: GridPos, index: number, perRow: number): GridPos {
  const w = Math.max(1, Math.floor(GRID_COLUMNS / perRow));
  return { x: (index % perRow) * w, y: home.y + Math.floor(index / perRow) * home.h, w, h: home.h };
}
