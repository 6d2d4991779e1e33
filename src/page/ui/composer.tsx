/** Where one writes: Enter sends, Shift-Enter breaks the line, Tab completes, and `/` lists the commands. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CommandHelp, ComposerNotice } from '../model/state.js';
import { CommandList, OPTION_ID } from './command-list.js';
import { COMPOSER_ID } from './focus.js';
import { Icon } from './icon.js';
import { type Page, usePage } from './page-context.js';
import { tracked } from './tracked.js';

const CHOICES_ID = 'commands';
const MAX_ROWS = 8;
const COMPOSING_KEY = 229;

export const Composer = tracked(() => {
  const page = usePage();
  const { state, actions } = page;
  const { draft, notice, commands } = state.composer.value;
  const place = state.place.value;
  const field = useRef<HTMLTextAreaElement>(null);
  const caret = useRef<number | null>(null);
  const recalled = useRef('');
  const [chosen, setChosen] = useState(0);
  const [isDismissed, setIsDismissed] = useState(false);
  useEffect(() => {
    setChosen(0);
    setIsDismissed(false);
  }, [draft]);
  useLayoutEffect(() => {
    if (caret.current !== null) field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [draft]);
  const choices = isDismissed ? [] : commands;
  const put = (text: string, at = text.length) => {
    caret.current = at;
    actions.setDraft(text);
  };
  const take = ({ verb }: CommandHelp) => {
    put(`${verb} `);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event) || field.current === null) return;
    const isDone =
      keyInChoices(event, draft, choices, chosen, { setChosen, setIsDismissed, take }) ||
      keyInField(event, page, field.current, put, recalled);
    if (isDone) event.preventDefault();
  };
  return (
    <div class="composer">
      {choices.length > 0 && <CommandList id={CHOICES_ID} commands={choices} chosen={chosen} onTake={take} />}
      <Strip notice={notice} />
      <div class="composer-box">
        <textarea
          ref={field}
          id={COMPOSER_ID}
          aria-label={`Message ${place}`}
          aria-autocomplete="list"
          aria-controls={choices.length > 0 ? CHOICES_ID : undefined}
          aria-activedescendant={choices.length > 0 ? `${OPTION_ID}${chosen}` : undefined}
          placeholder={`Message ${place}`}
          dir="auto"
          rows={Math.min(MAX_ROWS, draft.split('\n').length)}
          autocomplete="off"
          enterkeyhint="send"
          value={draft}
          onInput={(event) => {
            actions.setDraft(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
        />
        {notice?.kind === 'near-limit' && (
          <span class={`byte-count ${notice.bytesLeft < 0 ? 'over' : ''}`} title="Bytes left in this line">
            {notice.bytesLeft}
          </span>
        )}
        <button
          type="button"
          class="icon-button send"
          aria-label="Send"
          title="Send"
          aria-disabled={draft.trim() === ''}
          // While several lines are in the field, the strip above has the button for them.
          aria-hidden={notice?.kind === 'paste'}
          tabIndex={notice?.kind === 'paste' ? -1 : undefined}
          onClick={() => {
            actions.send();
            field.current?.focus();
          }}
        >
          <Icon name="send" />
        </button>
      </div>
    </div>
  );
});

/** An input method has the key. Safari says so by the key's number alone, since it ends the composition first. */
function isComposing({ isComposing: isOpen, keyCode }: KeyboardEvent): boolean {
  return isOpen || keyCode === COMPOSING_KEY;
}

function Strip({ notice }: { readonly notice: ComposerNotice | null }) {
  const { actions } = usePage();
  switch (notice?.kind) {
    case 'paste':
      return (
        <div class="strip">
          <span>{notice.lines} lines as one paste</span>
          <button type="button" class="button" onClick={actions.send}>
            Send as one paste
          </button>
        </div>
      );
    case 'too-long':
    case 'refused':
      return (
        <div class="strip wrong" role="alert">
          {notice.text}
        </div>
      );
    default:
      return null;
  }
}

interface ChoiceActions {
  readonly setChosen: (index: number) => void;
  readonly setIsDismissed: (isDismissed: boolean) => void;
  readonly take: (command: CommandHelp) => void;
}

/** Whether the key was for the list of commands. */
function keyInChoices(
  { key, shiftKey, altKey }: KeyboardEvent,
  draft: string,
  choices: readonly CommandHelp[],
  chosen: number,
  { setChosen, setIsDismissed, take }: ChoiceActions,
): boolean {
  const command = choices[chosen];
  if (command === undefined || altKey) return false;
  switch (key) {
    case 'ArrowDown':
      setChosen((chosen + 1) % choices.length);
      return true;
    case 'ArrowUp':
      setChosen((chosen - 1 + choices.length) % choices.length);
      return true;
    case 'Escape':
      setIsDismissed(true);
      return true;
    case 'Tab':
      take(command);
      return true;
    case 'Enter':
      if (shiftKey || choices.some(({ verb }) => verb === draft.trim())) return false;
      take(command);
      return true;
    default:
      return false;
  }
}

/** Whether the key did something other than it does in every field. */
function keyInField(
  { key, shiftKey, altKey, ctrlKey, metaKey }: KeyboardEvent,
  { actions }: Page,
  field: HTMLTextAreaElement,
  put: (text: string, caret?: number) => void,
  recalled: { current: string },
): boolean {
  if (altKey || ctrlKey || metaKey) return false;
  const { value, selectionStart, selectionEnd } = field;
  switch (key) {
    case 'Enter':
      if (shiftKey) return false;
      actions.send();
      return true;
    case 'Tab': {
      const completed =
        selectionStart === selectionEnd ? actions.complete(value, selectionStart, shiftKey) : null;
      if (completed === null) return false;
      put(completed.text, completed.caret);
      return true;
    }
    case 'ArrowUp':
    case 'ArrowDown': {
      if (value !== '' && value !== recalled.current) return false;
      const earlier = actions.recall(key === 'ArrowUp' ? -1 : 1);
      if (earlier === null) return false;
      recalled.current = earlier;
      put(earlier);
      return true;
    }
    default:
      return false;
  }
}
