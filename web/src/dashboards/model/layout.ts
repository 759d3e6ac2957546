/**
 * Where panels stand.
 *
 * Rectangles rise until they touch something, as the grid that wrote these documents does: documents rely on it (some
 * leave gaps of whole screens). The order of rectangles in the result is theirs in the input.
 */
import { GRID_COLUMNS } from './types';
import type { GridPos } from './types';

/** Whether two rectangles share a cell. */
export function overlaps(a: GridPos, b: GridPos): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** The rectangles without overlaps and without gaps above them. `pinned` (an index) is placed first: what one drags stays under the pointer. */
export function compact(positions: readonly GridPos[], pinned?: number): GridPos[] {
  const order = positions
    .map((_pos, index) => index)
    .sort((a, b) => {
      const [first, second] = [positions[a], positions[b]];
      if (first === undefined || second === undefined) return 0;
      if (first.y === second.y && first.x === second.x) return a === pinned ? -1 : b === pinned ? 1 : a - b;
      if (first.y === second.y && (a === pinned || b === pinned) && overlaps(first, second)) return a === pinned ? -1 : 1;
      return first.y - second.y || first.x - second.x;
    });
  const placed: GridPos[] = [];
  const out: GridPos[] = positions.map((pos) => ({ ...pos }));
  for (const index of order) {
    const wanted = positions[index];
    if (wanted === undefined) continue;
    let y = wanted.y;
    const hits = (at: number): boolean => placed.some((other) => overlaps(other, { ...wanted, y: at }));
    while (hits(y)) y = Math.max(y + 1, lowestBelow(placed, { ...wanted, y }));
    while (y > 0 && !hits(y - 1)) y -= 1;
    const pos = { ...wanted, y };
    placed.push(pos);
    out[index] = pos;
  }
  return out;
}

function lowestBelow(placed: readonly GridPos[], rect: GridPos): number {
  return Math.min(...placed.filter((other) => overlaps(other, rect)).map((other) => other.y + other.h));
}

/** First row below every rectangle. */
export function bottom(positions: readonly GridPos[]): number {
  return positions.reduce((lowest, pos) => Math.max(lowest, pos.y + pos.h), 0);
}

/** A place for a new rectangle: beside the last line's panels if it fits there, else below all. */
export function freePlace(positions: readonly GridPos[], w: number, h: number): GridPos {
  const y = bottom(positions);
  const last = positions.filter((pos) => pos.y + pos.h === y);
  const right = last.reduce((edge, pos) => Math.max(edge, pos.x + pos.w), 0);
  const beside = { x: right, y: last[0]?.y ?? y, w, h };
  if (last.length > 0 && right + w <= GRID_COLUMNS && !positions.some((pos) => overlaps(pos, beside))) return beside;
  return { x: 0, y, w, h };
}
