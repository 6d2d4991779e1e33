/** The messages of the open place: one column that scrolls, in chunks that the browser lays out only near the window. */
import { Component } from 'preact';
import { useRef } from 'preact/hooks';
import type { Chunk, Row, Timeline } from '../model/state.js';
import { Icon } from './icon.js';
import { RowView } from './message-row.js';
import { usePage } from './page-context.js';
import { enterRow, leaveRow, moveInMessages } from './roving.js';
import { useScrolling } from './scrolling.js';
import { useShowPerson } from './show-person.js';
import { WaysIn } from './ways-in.js';
import { tracked } from './tracked.js';

export const Messages = tracked(() => {
  const timeline = usePage().state.timeline.value;
  const list = useRef<HTMLDivElement>(null);
  const { scroller, isAway, goDown } = useScrolling(timeline, list);
  const showPerson = useShowPerson();
  return (
    <div class="messages-area">
      <div class="scroll messages" ref={scroller}>
        <Beginning timeline={timeline} />
        <div
          ref={list}
          class="message-list"
          role="list"
          aria-label="Messages"
          tabIndex={0}
          onFocusIn={enterRow}
          onFocusOut={leaveRow}
          onKeyDown={(event) => {
            if (!moveInMessages(event) && event.key === 'Enter') showPerson(event);
          }}
          onClick={showPerson}
        >
          {timeline.chunks.map((chunk) => (
            <ChunkView key={chunk.key} chunk={chunk} />
          ))}
        </div>
      </div>
      {(isAway || timeline.isDetached) && (
        <button
          type="button"
          class="button to-bottom"
          aria-label="New messages"
          title="To the newest messages"
          onClick={goDown}
        >
          <Icon name="down" />
          {timeline.newBelow > 0 && `${timeline.newBelow} new`}
        </button>
      )}
    </div>
  );
});

/** Rendered again only if it changed: a room of 10,000 messages has 200 of them. */
class ChunkView extends Component<{ readonly chunk: Chunk }> {
  override shouldComponentUpdate(next: { readonly chunk: Chunk }): boolean {
    return next.chunk !== this.props.chunk;
  }

  override render({ chunk }: { readonly chunk: Chunk }) {
    return (
      <div class="chunk">
        {chunk.rows.map((row) => (
          <Line key={row.key} row={row} />
        ))}
      </div>
    );
  }
}

/** Of a chunk that changed, most rows have not. */
class Line extends Component<{ readonly row: Row }> {
  override shouldComponentUpdate(next: { readonly row: Row }): boolean {
    return next.row !== this.props.row;
  }

  override render({ row }: { readonly row: Row }) {
    return <RowView row={row} />;
  }
}

const Beginning = tracked(
  ({
    timeline: { place, isAtBeginning, isLoaded, isLoadingOlder, chunks },
  }: {
    readonly timeline: Timeline;
  }) => {
    const isLocked = usePage().state.room.value?.isLocked === true;
    if (isLoadingOlder || !isLoaded) return <div class="beginning loading">Loading messages…</div>;
    if (!isAtBeginning) return null;
    const isRoom = place.startsWith('#');
    const name = place.slice(1);
    return (
      <div class="beginning">
        <h2>
          {isRoom ? 'Beginning of ' : 'Your conversation with '}
          <bdi>{isRoom ? place : name}</bdi>
        </h2>
        {!isRoom && <p>Direct messages are not kept here: they are gone when this tab closes.</p>}
        {isRoom && chunks.length === 0 && (
          <>
            <p>
              No messages yet. This is how others come in
              {isLocked && ', with the key of the room'}:
            </p>
            <WaysIn room={name} />
          </>
        )}
      </div>
    );
  },
);
