/** Links out of foreign words: annotations, addresses of targets. */

/** The address if a browser may open it: `javascript:` and the like are not links. */
export function safeLink(address: string): string | undefined {
  return /^(https?:\/\/|mailto:)\S+$/i.test(address.trim()) ? address.trim() : undefined;
}

/** Where Explore shows an expression. */
export function exploreLink(expr: string, tab: 'graph' | 'table' = 'graph'): string {
  return `/query?g0.expr=${encodeURIComponent(expr)}&g0.tab=${tab}`;
}

/** A path of this server to go to next; `undefined` for anything that could lead elsewhere. */
export function ownPath(path: string): string | undefined {
  return /^\/(?![/\\])[^\s\\]*$/.test(path) ? path : undefined;
}
