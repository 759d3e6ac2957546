/** Whether an element is in or near the window. */
import { useEffect, useState } from 'react';
import type { RefObject } from 'react';

/** How far outside of the window still counts, so that scrolling meets panels that are drawn already. */
const MARGIN_PX = 250;

export function useInView(target: RefObject<Element | null>): boolean {
  const [inView, setInView] = useState(false);
  useEffect(() => {
    const element = target.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver((entries) => setInView(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: `${MARGIN_PX}px 0px`,
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [target]);
  return inView;
}
