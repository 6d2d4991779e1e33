/** The right column: the members of the open room. Each name opens a menu. */
import { useEffect, useRef } from 'preact/hooks';
import type { Person } from '../model/state.js';
import { moveInList } from './focus.js';
import { IconButton } from './icon.js';
import { openMenu } from './open-menu.js';
import { usePage } from './page-context.js';
import { isPeopleOpen } from './view.js';
import { tracked } from './tracked.js';

/** As many names as a chunk holds; chunks out of view are not laid out. */
const CHUNK = 50;

export const People = tracked(() => {
  const members = usePage().state.members.value;
  const list = useRef<HTMLDivElement>(null);
  const isOpen = isPeopleOpen.value;
  useEffect(() => {
    if (isOpen) list.current?.querySelector('button')?.focus();
  }, [isOpen]);
  const chunks: (readonly Person[])[] = [];
  for (let start = 0; start < members.length; start += CHUNK)
    chunks.push(members.slice(start, start + CHUNK));
  return (
    <aside class="column side people-column people" aria-label="People" data-column>
      <div class="bar">
        <h2 class="server-name">
          People <span>{members.length}</span>
        </h2>
        <IconButton
          icon="close"
          name="Close"
          extra="only-narrow"
          onClick={() => {
            isPeopleOpen.value = false;
          }}
        />
      </div>
      <div
        ref={list}
        class="scroll"
        onKeyDown={(event) => {
          moveInList(event, event.currentTarget, '.open');
        }}
      >
        {chunks.map((people) => (
          <ul class="entries chunk" key={people[0]?.name}>
            {people.map((person) => (
              <PersonEntry key={person.name} person={person} />
            ))}
          </ul>
        ))}
      </div>
    </aside>
  );
});

function PersonEntry({ person }: { readonly person: Person }) {
  const { name, isSelf, isHere, isAway, awayText, isIgnored } = person;
  const note = isSelf ? 'you' : isIgnored ? 'ignored' : '';
  return (
    <li class="entry">
      <button
        type="button"
        class={`open ${isAway || !isHere ? 'away' : ''}`}
        aria-haspopup="menu"
        title={isAway ? `away${awayText === '' ? '' : `: ${awayText}`}` : undefined}
        onClick={({ currentTarget }) => {
          openMenu.value = { kind: 'person', person, anchor: currentTarget };
        }}
      >
        <span class={`presence ${isHere && !isAway ? 'here' : ''}`} />
        <bdi class="name">{name}</bdi>
        {note !== '' && (
          <span class="note" aria-hidden="true">
            {note}
          </span>
        )}
      </button>
    </li>
  );
}
