/** The icons: lines of one width on a grid of 16, in the colour of the text around them. They say nothing to a screen reader. */
const PATHS = {
  back: 'M10 3 5 8l5 5',
  ban: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 3.8l8.4 8.4',
  close: 'm4 4 8 8M12 4l-8 8',
  down: 'M8 3v10M4 9l4 4 4-4',
  draft: 'm3 13 .7-3L11 2.7 13.3 5 6 12.3z',
  hide: 'M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM3 13.5l10-11',
  key: 'M7.4 8.6a3 3 0 1 0-1 1zM7.4 8.6 13.5 2.5M11 5l2 2',
  link: 'm6 10 4-4M7 4.5l2-2A3 3 0 0 1 13.5 7l-2 2M9 11.5l-2 2A3 3 0 0 1 2.5 9l2-2',
  lock: 'M5 7V5a3 3 0 0 1 6 0v2M3.5 7h9v6.5h-9z',
  logout: 'M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6',
  message: 'M2.5 3.5h11v8h-6l-3 2.5v-2.5h-2z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  mute: 'M2.5 6v4H5l3.5 3V3L5 6zM11 6.2l3 3.6M14 6.2l-3 3.6',
  people: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c0-3 2.5-4.5 5.5-4.5s5.5 1.5 5.5 4.5',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14',
  send: 'M8 13V3M4 7l4-4 4 4',
  settings: 'M2 4.5h12M2 11.5h12M10 2.5v4M6 9.5v4',
  unlock: 'M5 7V5a3 3 0 0 1 5.8-1M3.5 7h9v6.5h-9z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width={name === 'more' ? 2.2 : 1.5}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A button that is an icon; its name is shown as a tooltip too. */
export function IconButton({
  icon,
  name,
  extra = '',
  onClick,
}: {
  readonly icon: IconName;
  readonly name: string;
  /** Further classes. */
  readonly extra?: string;
  readonly onClick: (event: MouseEvent) => void;
}) {
  return (
    <button type="button" class={`icon-button ${extra}`} aria-label={name} title={name} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
