/** The commands that the text may become, above the field; the field keeps the focus. */
import { useEffect, useRef } from 'preact/hooks';
import type { CommandHelp } from '../model/state.js';

/** With the index behind it, the id of an option. */
export const OPTION_ID = 'command-';

export function CommandList({
  id,
  commands,
  chosen,
  onTake,
}: {
  readonly id: string;
  readonly commands: readonly CommandHelp[];
  readonly chosen: number;
  readonly onTake: (command: CommandHelp) => void;
}) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <ul class="choices" id={id} role="listbox" aria-label="Commands" ref={list}>
      {commands.map((command, index) => (
        <li
          key={command.verb}
          id={`${OPTION_ID}${index}`}
          role="option"
          aria-selected={index === chosen}
          onMouseDown={(event) => {
            event.preventDefault();
            onTake(command);
          }}
        >
          <code>
            <b>{command.verb}</b> {command.usage}
          </code>
          <span>{command.help}</span>
        </li>
      ))}
    </ul>
  );
}
