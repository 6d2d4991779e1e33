/** The text of a message: links open in another tab, names of known rooms open the room, code is set as code. */
import { type TextPart, textParts } from '../model/text-parts.js';
import { usePage } from './page-context.js';
import { tracked } from './tracked.js';

/** Whether a room is known may change while the text is shown, so {@link RoomLink} asks for itself. */
const MAY_BE_ROOM = () => true;

/** @param tabIndex of its links: a list of messages is one tab stop */
export function RichText({ text, tabIndex = -1 }: { readonly text: string; readonly tabIndex?: number }) {
  return <>{textParts(text, MAY_BE_ROOM).map((part) => shown(part, tabIndex))}</>;
}

function shown(part: TextPart, tabIndex: number) {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'code':
      return <code>{part.text}</code>;
    case 'link':
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer nofollow" tabIndex={tabIndex}>
          {part.href}
        </a>
      );
    case 'room':
      return <RoomLink name={part.name} tabIndex={tabIndex} />;
    default:
      return part satisfies never;
  }
}

const RoomLink = tracked(({ name, tabIndex }: { readonly name: string; readonly tabIndex: number }) => {
  const { state, actions } = usePage();
  const folded = name.toLowerCase();
  const isNamed = (room: { readonly name: string }) => room.name.toLowerCase() === folded;
  const room = state.rooms.value.find(isNamed);
  if (room === undefined && !state.otherRooms.value.some(isNamed)) return <>#{name}</>;
  const open = () => {
    if (room === undefined) actions.join(name);
    else actions.open(room.place);
  };
  return (
    <button type="button" class="link" tabIndex={tabIndex} onClick={open}>
      #{name}
    </button>
  );
});
