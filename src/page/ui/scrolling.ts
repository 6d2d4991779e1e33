/**
 * Where the list of messages stands. At the bottom it stays there as messages come; elsewhere nothing moves, and the
 * browser's own scroll anchoring holds the place when older messages come in above.
 */
import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Row, Target, Timeline } from '../model/state.js';
import { usePage } from './page-context.js';

/** Nearer to the end than this is at the bottom. */
const NEAR_PX = 40;
/** Older messages are loaded while fewer screens than this are above the window. */
const SCREENS_ABOVE = 2;
const FOUND_MS = 2500;
/** Safari does not hold the place by itself. */
const HAS_ANCHORS = CSS.supports('overflow-anchor', 'auto');

export function useScrolling(timeline: Timeline, list: RefObject<HTMLDivElement | null>) {
  const { state, actions } = usePage();
  const scroller = useRef<HTMLDivElement>(null);
  const isAtBottom = useRef(true);
  /** The place was opened, and its messages were not yet placed. */
  const isFresh = useRef(true);
  const place = useRef(timeline.place);
  const lastTop = useRef(0);
  const lastHeight = useRef(0);
  const firstChunk = useRef<string | null>(null);
  const lastOwn = useRef<string | null>(null);
  const found = useRef<Target | null>(null);
  const [isAway, setIsAway] = useState(false);

  const setAtBottom = useCallback(
    (now: boolean) => {
      if (isAtBottom.current === now) return;
      isAtBottom.current = now;
      setIsAway(!now);
      actions.setAtBottom(now);
    },
    [actions],
  );
  const stick = useCallback(() => {
    if (scroller.current !== null && isAtBottom.current)
      scroller.current.scrollTop = scroller.current.scrollHeight;
  }, []);
  const loadOlder = useCallback(() => {
    const element = scroller.current;
    const { isAtBeginning, isLoadingOlder, isLoaded } = state.timeline.value;
    if (element === null || isAtBeginning || isLoadingOlder || !isLoaded) return;
    if (element.scrollTop < SCREENS_ABOVE * element.clientHeight) actions.loadOlder();
  }, [state, actions]);

  useLayoutEffect(() => {
    if (place.current !== timeline.place) {
      place.current = timeline.place;
      isFresh.current = true;
      lastOwn.current = null;
    }
    const own = newestOwn(timeline);
    if (isFresh.current) setAtBottom(true);
    else if (own !== null && own !== lastOwn.current) setAtBottom(true);
    lastOwn.current = own;
    const first = timeline.chunks[0]?.key ?? null;
    const element = scroller.current;
    if (element !== null && !HAS_ANCHORS && first !== firstChunk.current && !isFresh.current)
      element.scrollTop += element.scrollHeight - lastHeight.current;
    firstChunk.current = first;
    lastHeight.current = element?.scrollHeight ?? 0;
    stick();
    if (isFresh.current && timeline.isLoaded) {
      isFresh.current = false;
      showRule(scroller.current);
      // The history was not there when the place was opened, so it is read only now.
      actions.setAtBottom(isNearEnd(scroller.current));
    }
    loadOlder();
  }, [timeline, actions, setAtBottom, stick, loadOlder]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onScroll = () => {
      const { scrollTop } = element;
      // Content that grows moves the end away, not the reader: only a way up leaves the bottom.
      if (isNearEnd(element)) setAtBottom(true);
      else if (scrollTop < lastTop.current) setAtBottom(false);
      lastTop.current = scrollTop;
      // At the very top browsers do not hold the place.
      if (scrollTop === 0 && !state.timeline.value.isAtBeginning) element.scrollTop = 1;
      loadOlder();
    };
    const resized = new ResizeObserver(stick);
    resized.observe(element);
    if (list.current !== null) resized.observe(list.current);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener('scroll', onScroll);
    };
  }, [state, list, setAtBottom, stick, loadOlder]);

  const target = state.target.value;
  useEffect(() => {
    if (target === null || target === found.current || target.place !== timeline.place) return;
    const line = list.current?.querySelector<HTMLElement>(`[data-id="${target.id}"]`);
    if (line === null || line === undefined) return;
    found.current = target;
    setAtBottom(false);
    showFound(line);
  }, [target, timeline, list, setAtBottom]);

  const goDown = () => {
    setAtBottom(true);
    actions.goToNewest();
    stick();
  };
  return { scroller, isAway, goDown };
}

/** The key of the newest message, if the user has just sent it. */
function newestOwn({ chunks }: Timeline): string | null {
  const row: Row | undefined = chunks.at(-1)?.rows.at(-1);
  const message = row?.kind === 'message' ? row.message : row?.kind === 'paste' ? row.messages[0] : undefined;
  return message?.isOwn === true && message.state === 'waiting' ? message.key : null;
}

function isNearEnd(element: HTMLElement | null): boolean {
  return element === null || element.scrollHeight - element.scrollTop - element.clientHeight <= NEAR_PX;
}

/** Brings the first unread message into view, if more are unread than the window holds. */
function showRule(scroller: HTMLElement | null): void {
  const rule = scroller?.querySelector('.rule.new');
  if (scroller === null || rule === null || rule === undefined) return;
  const above = scroller.getBoundingClientRect().top - rule.getBoundingClientRect().top;
  if (above > 0) scroller.scrollTop -= above + scroller.clientHeight / 4;
}

/** `line` is a message, or a line of a paste. */
function showFound(line: HTMLElement): void {
  const row = line.closest<HTMLElement>('.message');
  row?.querySelector<HTMLElement>('.cut ~ * [aria-expanded]')?.click();
  const show = () => {
    line.scrollIntoView({ block: 'center' });
  };
  show();
  row?.focus({ preventScroll: true });
  line.classList.add('found');
  // Chunks that have come near the window have their true heights only now.
  requestAnimationFrame(show);
  setTimeout(() => {
    line.classList.remove('found');
  }, FOUND_MS);
}
