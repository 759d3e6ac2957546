/** The tree of an explanation as rows, parents before children. */
import type { ExplainNode } from '../../api/query';

export interface ExplainRow {
  node: ExplainNode;
  depth: number;
  key: string;
}

export function flatten(root: ExplainNode, depth = 0, key = '0'): ExplainRow[] {
  return [{ node: root, depth, key }, ...root.children.flatMap((child, i) => flatten(child, depth + 1, `${key}.${i}`))];
}
