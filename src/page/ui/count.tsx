/**
 * A count beside a room. It is drawn by CSS: the button's accessible name says it in words, and its text stays the name of
 * the room.
 */
export function Count({
  kind,
  shown,
}: {
  readonly kind: 'unread' | 'mention' | 'members';
  readonly shown: string;
}) {
  return <span class={`count ${kind}`} data-count={shown} />;
}
