/** One panel over the whole page. */
import { useEffect, useRef, useState } from 'react';

import type { Scope } from '../model/repeat';
import type { Panel } from '../model/types';
import { PanelFrame } from './PanelFrame';
import type { PanelActions } from './PanelFrame';

const NO_SCOPE: Scope = new Map();

export function SinglePanel({ panel, actions, height }: { panel: Panel; actions: PanelActions; height?: number }) {
  const host = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const measure = (): void => {
      const { width, top } = element.getBoundingClientRect();
      if (width > 0) setSize({ width, height: height ?? Math.max(260, window.innerHeight - top - 16) });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    window.addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', measure);
    };
  }, [height]);
  return (
    <div ref={host} style={{ width: '100%' }}>
      {size.width > 0 && (
        <PanelFrame panel={panel} scope={NO_SCOPE} width={size.width} height={size.height} actions={actions} onDrag={undefined} />
      )}
    </div>
  );
}
