/** Colours and sizes. System fonts only: Korean and Latin from what the machine has, nothing is fetched. */
import { type MantineColorsTuple, createTheme } from '@mantine/core';

const SANS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif';
const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "D2Coding", "Noto Sans Mono CJK KR", monospace';

/** The fire of a beacon. */
const ember: MantineColorsTuple = [
  '#fff0ea', '#fddfd3', '#f9bca6', '#f59776', '#f1764d', '#ef6234', '#d9481a', '#bd3c14', '#a0320f', '#7f2409',
];

export const theme = createTheme({
  fontFamily: SANS,
  fontFamilyMonospace: MONO,
  headings: { fontFamily: SANS, fontWeight: '650' },
  colors: { ember },
  primaryColor: 'blue',
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: 'sm',
  autoContrast: true,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // A table that is wider than its place is scrolled with the keyboard too, also one without anything to press in it.
    TableScrollContainer: { defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0 } } } },
  },
});
