/** Colours that canvases and SVG need, for both themes. */
import { useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';

import type { PanelTheme } from '../../panels/contract';
import { namedColor } from '../data/engine';

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans KR", "Noto Sans CJK KR", sans-serif';

/** The theme of panels in a colour scheme. */
export function panelTheme(dark: boolean): PanelTheme {
  return {
    dark,
    font: FONT,
    color: (name) => (name === 'text' ? (dark ? '#ccccdc' : '#24292e') : namedColor(name, dark)),
    text: dark ? '#d8d9df' : '#1f2329',
    textWeak: dark ? '#a3a7b3' : '#5a6270',
    grid: dark ? 'rgba(204, 204, 220, 0.12)' : 'rgba(36, 41, 46, 0.12)',
    background: dark ? '#1b1c20' : '#ffffff',
    border: dark ? '#34363d' : '#dfe1e6',
  };
}

/** The theme of panels on this page. */
export function usePanelTheme(): PanelTheme {
  const dark = useComputedColorScheme('light') === 'dark';
  return useMemo(() => panelTheme(dark), [dark]);
}
