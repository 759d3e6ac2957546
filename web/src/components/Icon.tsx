/** The icons of the pages: one stroke each, drawn here, so that no icon set is shipped for two dozen signs. */

const PATHS = {
  left: 'M15 5l-7 7 7 7',
  right: 'M9 5l7 7-7 7',
  down: 'M5 9l7 7 7-7',
  up: 'M5 15l7-7 7 7',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  refresh: 'M20 11a8 8 0 1 0-2 6M20 5v6h-6',
  zoomOut: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4M8 11h6',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1 1M18 18l1 1M5 19l1-1M18 6l1-1',
  moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z',
  language: 'M3 6h10M8 4v2M6 6c0 4 3 7 6 8M11 6c-1 4-4 7-7 8M13 20l4-10 4 10M14.500 17h5',
  menu: 'M4 6h16M4 12h16M4 18h16',
  close: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 13l4 4 10-11',
  download: 'M12 4v11M7 11l5 5 5-5M4 20h16',
  eye: 'M2 12c4-7 16-7 20 0-4 7-16 7-20 0zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  chart: 'M4 4v16h16M8 15l3-4 3 3 5-7',
  table: 'M4 5h16v14H4zM4 10h16M10 5v14',
  tree: 'M6 4v16M6 8h6M6 16h6M12 6h7v4h-7zM12 14h7v4h-7z',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6M4 17h16M10 20h4',
  silence: 'M6 17V11a6 6 0 0 1 12 0v6M4 17h16M10 20h4M4 4l16 16',
  dashboard: 'M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z',
  explore: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15.500 8.500l-2 5-5 2 2-5z',
  target: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
  route: 'M5 5h4v4H5zM15 3h4v4h-4zM15 11h4v4h-4zM9 7h3v-2h3M12 7v6h3',
  question: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.700.400-1 .900-1 1.700M12 17v.100',
  database: 'M5 6c0-3 14-3 14 0v12c0 3-14 3-14 0zM5 6c0 3 14 3 14 0M5 12c0 3 14 3 14 0',
  file: 'M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5',
  flag: 'M5 21V4h13l-3 4 3 4H5',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8v.100',
  play: 'M8 5l11 7-11 7z',
  stop: 'M7 7h10v10H7z',
  mail: 'M4 6h16v12H4zM4 7l8 6 8-6',
  rules: 'M8 6h12M8 12h12M8 18h12M4 6h.100M4 12h.100M4 18h.100',
  history: 'M4 12a8 8 0 1 0 3-6L4 8M4 4v4h4M12 8v4l3 2',
  link: 'M10 14l4-4M9 17l-2 2a3.500 3.500 0 0 1-5-5l3-3M15 7l2-2a3.500 3.500 0 0 1 5 5l-3 3',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  expand: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  undo: 'M8 5L3 10l5 5M4 10h10a6 6 0 0 1 0 12h-2',
  redo: 'M16 5l5 5-5 5M20 10H10a6 6 0 0 0 0 12h2',
  dots: 'M12 5v.100M12 12v.100M12 19v.100',
  people: 'M9 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM2 20c1-7 13-7 14 0M16 5a3.500 3.500 0 0 1 0 7M18 14c2 .500 3.500 2.500 4 6',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c1-8 15-8 16 0',
} as const;

export type IconName = keyof typeof PATHS;

/** An icon; decoration, so hidden from screen readers: what it does is the label of the button around it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      style={{ flexShrink: 0 }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
