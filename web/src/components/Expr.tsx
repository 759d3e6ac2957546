/** An expression that leads to Explore. */
import { Anchor } from '@mantine/core';
import { Link } from 'react-router-dom';
import { exploreLink } from '../lib/links';

export function Expr({ expr, tab = 'graph' }: { expr: string; tab?: 'graph' | 'table' }) {
  return (
    <Anchor component={Link} to={exploreLink(expr, tab)} ff="monospace" size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
      {expr}
    </Anchor>
  );
}
