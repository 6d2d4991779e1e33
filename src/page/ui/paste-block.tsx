/** Lines that were sent as one paste, as they were typed. A long one is folded until it is asked for. */
import { useState } from 'preact/hooks';
import type { Message } from '../model/state.js';
import { CopyButton } from './copy-button.js';
import { withoutFence } from './paste-lines.js';

/** More lines than this are folded. */
const MAX_SHOWN = 24;

export function PasteBlock({ messages }: { readonly messages: readonly Message[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const lines = withoutFence(messages);
  const isFolded = lines.length > MAX_SHOWN && !isOpen;
  return (
    <div class="paste">
      <pre dir="auto" class={isFolded ? 'cut' : ''}>
        {lines.map((line, index) => (
          <PasteLine
            key={line.key}
            id={line === messages[0] ? null : line.id}
            text={index === 0 ? line.text : `\n${line.text}`}
          />
        ))}
      </pre>
      <div class="paste-tools">
        {lines.length > MAX_SHOWN && (
          <button
            type="button"
            class="button plain"
            tabIndex={-1}
            aria-expanded={isOpen}
            onClick={() => {
              setIsOpen(!isOpen);
            }}
          >
            {isOpen ? 'Show less' : `Show all ${lines.length} lines`}
          </button>
        )}
        <CopyButton text={lines.map(({ text }) => text).join('\n')} isInList />
      </div>
    </div>
  );
}

/** Each line but the first, whose id the block has, can be found by its id. */
function PasteLine({ id, text }: { readonly id: number | null; readonly text: string }) {
  return id === null ? <>{text}</> : <span data-id={id}>{text}</span>;
}
