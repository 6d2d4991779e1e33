/** A menu of commands beside the button that opened it. It closes at Escape, at a choice, and at a click elsewhere. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { moveInList } from './focus.js';
import { Icon, type IconName } from './icon.js';

export interface MenuItem {
  readonly icon: IconName;
  readonly text: string;
  readonly isDanger?: boolean;
  readonly onChoose: () => void;
}

interface MenuProps {
  /** The element it belongs to: the menu stands beside it and gives the focus back to it. */
  readonly anchor: Element;
  readonly name: string;
  readonly head?: ComponentChildren | undefined;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
}

const GAP_PX = 4;
const EDGE_PX = 8;
/** The head may have buttons too. */
const ITEM = '[role=menuitem]';
/** A topic in the head may have them, to rooms and to other places. */
const LINK = 'a, .link';

export function Menu({ anchor, name, head, items, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (menu.current === null) return;
    place(menu.current, anchor.getBoundingClientRect());
    menu.current.querySelector<HTMLElement>(ITEM)?.focus();
  }, [anchor]);
  useEffect(() => {
    const close = ({ target }: Event) => {
      if (target instanceof Node && menu.current?.contains(target) === true) return;
      onClose();
    };
    document.addEventListener('pointerdown', close, true);
    window.addEventListener('resize', onClose);
    return () => {
      document.removeEventListener('pointerdown', close, true);
      window.removeEventListener('resize', onClose);
    };
  }, [onClose]);
  const leave = () => {
    if (anchor instanceof HTMLElement) anchor.focus();
    onClose();
  };
  const onHeadClick = ({ target }: Event) => {
    if (target instanceof Element && target.closest(LINK) !== null) leave();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      leave();
    } else if (menu.current !== null) moveInList(event, menu.current, `${LINK}, ${ITEM}`);
  };
  return (
    <div class="menu" ref={menu} onKeyDown={onKeyDown}>
      {head !== undefined && (
        <div class="menu-head" onClick={onHeadClick}>
          {head}
        </div>
      )}
      <div role="menu" aria-label={name}>
        {items.map(({ icon, text, isDanger = false, onChoose }) => (
          <button
            key={text}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={isDanger ? 'danger' : ''}
            onClick={() => {
              leave();
              onChoose();
            }}
          >
            <Icon name={icon} />
            {text}
          </button>
        ))}
      </div>
    </div>
  );
}

/** Below the anchor, or above it where there is no room; never beyond the edge of the window. */
function place(menu: HTMLElement, { left, right, top, bottom }: DOMRect): void {
  const { width, height } = menu.getBoundingClientRect();
  const below = bottom + GAP_PX;
  const isBelow = below + height + EDGE_PX <= innerHeight;
  const fromLeft = left + width + EDGE_PX <= innerWidth ? left : right - width;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(fromLeft, innerWidth - width - EDGE_PX))}px`;
  menu.style.top = `${Math.max(EDGE_PX, isBelow ? below : Math.min(top, innerHeight) - GAP_PX - height)}px`;
}
