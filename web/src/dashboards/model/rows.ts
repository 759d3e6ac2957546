/** Layout of documents older than version 16: `rows` with spans of a 12-column grid become panels on the 24-column grid. */
import { asArray, asBoolean, asNumber, asObjects, asString } from '../../panels/json';
import type { Json, JsonObject } from '../../panels/json';
import { GRID_COLUMNS } from './types';

/** Pixels of one grid cell with its gap: old row heights are in pixels. */
const CELL_PX = 38;
const ROW_HEIGHT_PX = 250;

/** Panels (and row panels) that stand where the old rows stood; `y` increases from row to row. */
export function rowsToPanels(rows: readonly JsonObject[]): JsonObject[] {
  const shown = rows.some((row) => asBoolean(row['showTitle']) || asBoolean(row['collapse']) || asString(row['repeat']) !== '');
  const out: JsonObject[] = [];
  let y = 0;
  for (const row of rows) {
    const collapsed = asBoolean(row['collapse']);
    const height = cells(row['height'], ROW_HEIGHT_PX);
    const header: JsonObject | undefined = shown
      ? { type: 'row', title: asString(row['title']), collapsed, panels: [], gridPos: { x: 0, y, w: GRID_COLUMNS, h: 1 } }
      : undefined;
    if (header !== undefined) {
      if (asString(row['repeat']) !== '') header['repeat'] = asString(row['repeat']);
      out.push(header);
      y += 1;
    }
    const placed = placeRow(asObjects(row['panels']), y, height);
    if (collapsed && header !== undefined) {
      header['panels'] = placed.panels as Json[];
    } else {
      out.push(...placed.panels);
      y = placed.bottom;
    }
  }
  return out;
}

function placeRow(panels: JsonObject[], top: number, height: number): { panels: JsonObject[]; bottom: number } {
  let x = 0;
  let y = top;
  let lineHeight = 0;
  let bottom = top;
  const placed = panels.map((panel) => {
    const w = Math.min(GRID_COLUMNS, Math.max(1, Math.round(asNumber(panel['span'], 4) * 2)));
    const h = cells(panel['height'], height * CELL_PX);
    if (x + w > GRID_COLUMNS) {
      x = 0;
      y += lineHeight;
      lineHeight = 0;
    }
    const gridPos = { x, y, w, h };
    x += w;
    lineHeight = Math.max(lineHeight, h);
    bottom = Math.max(bottom, y + h);
    const { span: _span, ...rest } = panel;
    if (asNumber(panel['minSpan']) !== undefined) rest['maxPerRow'] = Math.max(1, Math.floor(12 / asNumber(panel['minSpan'], 12)));
    return { ...rest, gridPos };
  });
  return { panels: placed, bottom: asArray(panels).length === 0 ? top : bottom };
}

function cells(height: unknown, fallbackPx: number): number {
  const px = asNumber(typeof height === 'string' ? height.replace('px', '') : height, fallbackPx);
  return Math.max(1, Math.ceil(px / CELL_PX));
}
