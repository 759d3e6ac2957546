/** The grid of panels: places them, moves and resizes them in edit mode, stacks them on narrow screens. */
import { useEffect, useMemo, useRef, useState } from 'react';

import { Icon } from '../../components/Icon';
import { useT } from '../../lib/i18n';
import { changePanel, foldRow, placePanel } from '../edit/changes';
import { bottom, compact } from '../model/layout';
import { viewItems } from '../model/repeat';
import type { ViewItem } from '../model/repeat';
import { GRID_COLUMNS, isRow } from '../model/types';
import type { GridPos, Panel } from '../model/types';
import { repeatValues } from '../model/variables';
import { dashboardTexts } from '../texts';
import { PanelFrame } from './PanelFrame';
import type { PanelActions } from './PanelFrame';
import { useDashboard } from './state';

/** Height of a cell with its gap, and the gap: those of the grids that documents were made for. */
const CELL_PX = 38;
const GAP_PX = 8;
/** Below this width panels stand one below the other. */
const STACKED_PX = 720;

interface Pixels {
  left: number;
  top: number;
  width: number;
  height: number;
}

function pixels(pos: GridPos, total: number): Pixels {
  const column = (total + GAP_PX) / GRID_COLUMNS;
  return { left: pos.x * column, top: pos.y * CELL_PX, width: pos.w * column - GAP_PX, height: pos.h * CELL_PX - GAP_PX };
}

function stacked(items: readonly ViewItem[], total: number): Pixels[] {
  let top = 0;
  const order = items
    .map((_item, index) => index)
    .sort((a, b) => (items[a]?.pos.y ?? 0) - (items[b]?.pos.y ?? 0) || (items[a]?.pos.x ?? 0) - (items[b]?.pos.x ?? 0));
  const out: Pixels[] = items.map(() => ({ left: 0, top: 0, width: total, height: 0 }));
  for (const index of order) {
    const item = items[index];
    if (item === undefined) continue;
    const height = isRow(item.panel) ? CELL_PX - GAP_PX : Math.min(460, Math.max(item.pos.h, 3) * CELL_PX - GAP_PX);
    out[index] = { left: 0, top, width: total, height };
    top += height + GAP_PX;
  }
  return out;
}

export function Grid({ actions }: { actions: PanelActions }) {
  const { dashboard, variables, editing, edit } = useDashboard();
  const [host, width] = useWidth();
  const [folded, setFolded] = useState<ReadonlyMap<string, boolean>>(new Map());
  const items = useMemo(
    () => viewItems(dashboard.panels, (name) => repeatValues(variables, name), folded),
    [dashboard.panels, variables, folded],
  );
  const drag = useDrag(items, width, (panel, pos) => edit((old) => placePanel(old, panel.id, pos)));
  const narrow = width > 0 && width < STACKED_PX;
  const positions = drag.preview ?? items.map((item) => item.pos);
  const boxes = narrow ? stacked(items, width) : positions.map((pos) => pixels(pos, width));
  const height = narrow ? Math.max(0, ...boxes.map((box) => box.top + box.height)) : bottom(positions) * CELL_PX;
  const movable = editing && !narrow;
  return (
    <div ref={host} className="db-grid" style={{ height }} data-testid="grid">
      {width > 0 &&
        items.map((item, index) => {
          const box = boxes[index] ?? { left: 0, top: 0, width: 0, height: 0 };
          const own = movable && item.original;
          return (
            <div
              key={item.key}
              className={drag.dragged === index ? 'db-item db-dragged' : 'db-item'}
              style={{ transform: `translate(${box.left}px, ${box.top}px)`, width: box.width, height: box.height }}
            >
              {isRow(item.panel) ? (
                <RowHeader
                  item={item}
                  editing={editing}
                  toggle={() =>
                    editing && item.original
                      ? edit((old) => foldRow(old, item.panel.id, !item.collapsed))
                      : setFolded(new Map([...folded, [item.key, !item.collapsed]]))
                  }
                  remove={() => edit((old) => changePanel(old, item.panel.id, () => undefined))}
                />
              ) : (
                <PanelFrame
                  panel={item.panel}
                  scope={item.scope}
                  width={box.width}
                  height={box.height}
                  actions={actions}
                  onDrag={own ? (event) => drag.begin(event, index, 'move') : undefined}
                />
              )}
              {own && !isRow(item.panel) && (
                <ResizeHandle
                  panel={item.panel}
                  begin={(event) => drag.begin(event, index, 'resize')}
                  place={(pos) => edit((old) => placePanel(old, item.panel.id, pos))}
                />
              )}
            </div>
          );
        })}
    </div>
  );
}

/** The width of the grid. A width of 0 (the page is being measured for a picture) is ignored, or every panel would unmount and ask again. */
function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      const measured = Math.round(entry?.contentRect.width ?? 0);
      if (measured > 0) setWidth(measured);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [host, width];
}

function RowHeader({ item, editing, toggle, remove }: { item: ViewItem; editing: boolean; toggle(): void; remove(): void }) {
  const t = useT(dashboardTexts);
  const { text, edit } = useDashboard();
  const title = text(item.panel.title, item.scope);
  return (
    <div className="db-row" data-testid="row" data-panel={item.panel.id}>
      <button
        type="button"
        onClick={toggle}
        aria-expanded={!item.collapsed}
        aria-label={t(item.collapsed ? 'unfoldRow' : 'foldRow', { name: title })}
      >
        <Icon name={item.collapsed ? 'right' : 'down'} size={14} />
        <span>{title}</span>
        {item.collapsed && <span className="db-weak">{t('panels', { n: item.panel.panels?.length ?? 0 })}</span>}
      </button>
      {editing && item.original && (
        <>
          <input
            className="db-row-title"
            value={item.panel.title}
            aria-label={t('edit')}
            onChange={({ currentTarget: { value } }) =>
              edit((old) => changePanel(old, item.panel.id, (panel) => ({ ...panel, title: value })), `row-${item.panel.id}`)
            }
          />
          <button type="button" aria-label={`${t('remove')}: ${title}`} onClick={remove}>
            <Icon name="trash" size={13} />
          </button>
        </>
      )}
    </div>
  );
}

function ResizeHandle({
  panel,
  begin,
  place,
}: {
  panel: Panel;
  begin(event: React.PointerEvent<HTMLElement>): void;
  place(pos: GridPos): void;
}) {
  const t = useT(dashboardTexts);
  const step = (event: React.KeyboardEvent): void => {
    const pos = panel.gridPos;
    const [dx, dy] = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[
      event.key
    ] ?? [0, 0];
    if (dx === 0 && dy === 0) return;
    event.preventDefault();
    // Arrows resize; with Shift they move.
    if (event.shiftKey) place({ ...pos, x: Math.min(GRID_COLUMNS - pos.w, Math.max(0, pos.x + dx)), y: Math.max(0, pos.y + dy) });
    else place({ ...pos, w: Math.min(GRID_COLUMNS - pos.x, Math.max(1, pos.w + dx)), h: Math.max(1, pos.h + dy) });
  };
  return (
    <button
      type="button"
      className="db-resize"
      aria-label={t('resizeOf', { name: panel.title === '' ? `${panel.type} ${panel.id}` : panel.title })}
      onPointerDown={begin}
      onKeyDown={step}
      data-testid="resize"
    />
  );
}

interface Drag {
  index: number;
  kind: 'move' | 'resize';
  pos: GridPos;
}

/** Follows the pointer from press to release; the document changes once, at the end. */
function useDrag(
  items: readonly ViewItem[],
  width: number,
  place: (panel: Panel, pos: GridPos) => void,
): {
  preview: GridPos[] | undefined;
  dragged: number | undefined;
  begin(event: React.PointerEvent<HTMLElement>, index: number, kind: Drag['kind']): void;
} {
  const [drag, setDrag] = useState<Drag>();
  const newest = useRef<Drag>(undefined);
  const begin = (event: React.PointerEvent<HTMLElement>, index: number, kind: Drag['kind']): void => {
    const item = items[index];
    if (
      event.button !== 0 ||
      item === undefined ||
      (event.target instanceof Element && event.target.closest('button, a, input') !== null && kind === 'move')
    )
      return;
    event.preventDefault();
    const from = { x: event.clientX, y: event.clientY };
    const column = (width + GAP_PX) / GRID_COLUMNS;
    const move = (at: PointerEvent): void => {
      const dx = Math.round((at.clientX - from.x) / column);
      const dy = Math.round((at.clientY - from.y) / CELL_PX);
      const { pos } = item;
      const next =
        kind === 'move'
          ? { ...pos, x: Math.min(GRID_COLUMNS - pos.w, Math.max(0, pos.x + dx)), y: Math.max(0, pos.y + dy) }
          : { ...pos, w: Math.min(GRID_COLUMNS - pos.x, Math.max(1, pos.w + dx)), h: Math.max(1, pos.h + dy) };
      newest.current = { index, kind, pos: next };
      setDrag(newest.current);
    };
    const end = (): void => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
      window.removeEventListener('pointercancel', end);
      const last = newest.current;
      newest.current = undefined;
      setDrag(undefined);
      // Positions shown and written differ by what repeats have pushed down: the difference is kept.
      if (last !== undefined)
        place(item.panel, { ...last.pos, x: last.pos.x, y: Math.max(0, last.pos.y + item.panel.gridPos.y - item.pos.y) });
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
    window.addEventListener('pointercancel', end);
  };
  const preview = useMemo(
    () =>
      drag === undefined
        ? undefined
        : compact(
            items.map((item, index) => (index === drag.index ? drag.pos : item.pos)),
            drag.index,
          ),
    [drag, items],
  );
  return { preview, dragged: drag?.index, begin };
}
