/** Wraps a drawn value in its first link, if it has one. Only addresses that `model/links` let through arrive here. */
import type { CSSProperties, ReactNode } from 'react';

import type { PanelLink } from './contract';

export function LinkBox({ links, style, children }: { links: readonly PanelLink[]; style?: CSSProperties; children: ReactNode }) {
  const [link] = links;
  if (link === undefined) return <>{children}</>;
  return (
    <a
      href={link.url}
      title={link.title}
      style={{ color: 'inherit', textDecoration: 'none', ...style }}
      {...(link.newTab ? { target: '_blank', rel: 'noopener noreferrer' } : {})}
    >
      {children}
    </a>
  );
}
