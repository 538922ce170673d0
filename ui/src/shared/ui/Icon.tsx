const PATHS = {
  today: 'M5 5h14v14H5z M5 9h14 M9 3v4 M15 3v4 M9 13l2 2 4-4',
  intake: 'M4 13v5h16v-5 M4 13l3-8h10l3 8 M4 13h5l1 2h4l1-2h5',
  household: 'M4 11l8-7 8 7 M6 9.5V20h12V9.5 M10 20v-6h4v6',
  twoViews: 'M8 5v14 M16 5v14 M4 8h4 M4 16h4 M16 8h4 M16 16h4 M11 12h2',
  exchange: 'M4 8h13 M14 5l3 3-3 3 M20 16H7 M10 13l-3 3 3 3',
  settings: 'M5 7h6 M15 7h4 M13 5v4 M5 12h2 M11 12h8 M9 10v4 M5 17h8 M17 17h2 M15 15v4',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z M15.5 15.5L20 20',
  lock: 'M6 11h12v9H6z M8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  hide: 'M4 4l16 16 M9.9 5.2A9 9 0 0 1 21 12a12 12 0 0 1-2.2 3 M6.5 7.5A12 12 0 0 0 3 12a9.6 9.6 0 0 0 11 6',
  help: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .9-1 1.7 M12 16.5v.5',
  add: 'M12 5v14 M5 12h14',
  close: 'M6 6l12 12 M18 6L6 18',
  memo: 'M6 4h12v16H6z M9 9h6 M9 13h4',
  phone: 'M6 4h4l1.5 4.5L9 10a11 11 0 0 0 5 5l1.5-2.5L20 14v4a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z',
  walk: 'M12 3.5v0 M12 8l-3 5h4l2 7 M9 13l-2 7 M12 8l4 3',
  back: 'M15 5l-7 7 7 7',
  clock: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z M12 7v5l3.5 2',
} as const;

/** A line drawing beside a word; it never stands for the word. */
export function Icon({ name, size = 20 }: { name: keyof typeof PATHS; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
