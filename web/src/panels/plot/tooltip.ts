/**
 * The tooltip of canvas panels: one element in the page's body, written without React.
 *
 * A pointer moves up to a hundred times a second over two dozen synced charts; going through a render for each would be felt.
 * Texts go in as text nodes: labels are untrusted.
 */
import type { PanelLink } from '../contract';

/** A line of the tooltip. */
export interface TooltipLine {
  color?: string;
  label: string;
  text: string;
  near?: boolean;
}

/** What the tooltip shows, and where the pointer is. */
export interface TooltipContent {
  x: number;
  y: number;
  head: string;
  lines: readonly TooltipLine[];
  more: string;
  links?: readonly PanelLink[];
}

/** Lines shown at most; a window has no place for more. */
export const LINES_MAX = 40;

let element: HTMLDivElement | undefined;
let owner: object | undefined;

function host(): HTMLDivElement {
  if (element === undefined) {
    element = document.createElement('div');
    element.className = 'pt-tooltip';
    element.dataset['testid'] = 'tooltip';
    element.setAttribute('role', 'tooltip');
    document.body.append(element);
  }
  return element;
}

/** Shows content for `by`, whose later `hideTooltip` takes it away. */
export function showTooltip(by: object, content: TooltipContent): void {
  const box = host();
  owner = by;
  const rows = content.lines.slice(0, LINES_MAX).map((line) => {
    const row = node('div', line.near === true ? 'pt-row pt-near' : 'pt-row');
    const key = node('span', 'pt-key');
    if (line.color !== undefined) key.style.background = line.color;
    row.append(key, node('span', 'pt-label', line.label), node('span', 'pt-value', line.text));
    return row;
  });
  if (content.lines.length > LINES_MAX) rows.push(node('div', 'pt-more', content.more));
  const links = (content.links ?? []).map((link) => {
    const anchor = document.createElement('a');
    anchor.className = 'pt-link';
    anchor.href = link.url;
    anchor.textContent = link.title;
    if (link.newTab) {
      anchor.target = '_blank';
      anchor.rel = 'noopener noreferrer';
    }
    return anchor;
  });
  box.replaceChildren(node('div', 'pt-head', content.head), ...rows, ...links);
  box.classList.toggle('pt-pinned', content.links !== undefined);
  box.style.display = 'block';
  const { offsetWidth, offsetHeight } = box;
  const right = content.x + 16 + offsetWidth > window.innerWidth;
  box.style.left = `${Math.max(4, right ? content.x - offsetWidth - 16 : content.x + 16)}px`;
  box.style.top = `${Math.max(4, Math.min(content.y + 12, window.innerHeight - offsetHeight - 4))}px`;
}

/** Takes the tooltip away if `by` is who shows it. */
export function hideTooltip(by: object): void {
  if (owner !== by || element === undefined) return;
  owner = undefined;
  element.style.display = 'none';
}

function node(tag: string, className: string, text?: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
