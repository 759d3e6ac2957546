/** Keys that work everywhere: `Ctrl K` or `/` for the palette, `g` then a letter for a page, `r` to refresh. */
import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router-dom';
import { useTime } from '../components/time';
import { isCommand, isPlainKey } from '../lib/keyboard';
import { availablePages } from './pages';
import { timeParams } from './paths';

/** `g` then one of these. */
export const GO: Readonly<Record<string, string>> = {
  e: '/query',
  d: '/dashboards',
  a: '/alerts',
  g: '/groups',
  s: '/silences',
  t: '/targets',
  r: '/rules',
  w: '/why',
};

/** How long after `g` the second letter may come. */
const SECOND_KEY_MS = 1200;

export function useShortcuts(openPalette: () => void): void {
  const navigate = useNavigate();
  const { refreshNow } = useTime();
  const goPressedMs = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      if (isCommand(event, 'k') || isPlainKey(event, '/')) {
        event.preventDefault();
        openPalette();
        return;
      }
      if (performance.now() - goPressedMs.current < SECOND_KEY_MS) {
        goPressedMs.current = 0;
        const letter = Object.keys(GO).find((key) => isPlainKey(event, key));
        const path = letter && GO[letter];
        if (path && availablePages().some((page) => page.path === path)) {
          event.preventDefault();
          void navigate({ pathname: path, search: timeParams(window.location.search) });
        }
      } else if (isPlainKey(event, 'g')) {
        goPressedMs.current = performance.now();
      } else if (isPlainKey(event, 'r')) {
        refreshNow();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate, openPalette, refreshNow]);
}
