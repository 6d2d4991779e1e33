/** The settings of this browser: theme, notifications, and what counts as a mention. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Notifying, Preferences } from '../model/state.js';
import { Dialog } from './dialog.js';
import { usePage } from './page-context.js';
import { tracked } from './tracked.js';

const THEMES: readonly (readonly [Preferences['theme'], string])[] = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

/** Why notifications cannot be turned on; empty where they can. */
const OBSTACLES: Readonly<Record<Notifying, string>> = {
  on: '',
  off: '',
  denied: 'The browser blocks notifications of this page. Allow them in its settings for the page.',
  insecure: 'Browsers allow notifications only over https, or on localhost. Open this page with https.',
  unsupported: 'This browser has no notifications.',
};

export const SettingsDialog = tracked(() => {
  const { state, actions } = usePage();
  const { theme, notifies, sound, words, showsPresence, coloursNames } = state.preferences.value;
  const notifying = state.notifying.value;
  const { version, historyDays } = state.about.value;
  const { name, isRegistered } = state.self.value;
  const set = actions.setPreferences;
  return (
    <Dialog title="Settings" onClose={actions.closeDialog}>
      <Setting title="Theme">
        <div class="segments" role="radiogroup" aria-label="Theme">
          {THEMES.map(([value, text]) => (
            <label key={value}>
              <input
                type="radio"
                name="theme"
                checked={theme === value}
                autofocus={theme === value}
                onChange={() => {
                  set({ theme: value });
                }}
              />
              {text}
            </label>
          ))}
        </div>
      </Setting>
      <Setting title="Messages">
        <Check
          text="Colour the names"
          isOn={coloursNames}
          onChange={(isOn) => {
            set({ coloursNames: isOn });
          }}
        />
        <Check
          text="Show joins and leaves"
          isOn={showsPresence}
          onChange={(isOn) => {
            set({ showsPresence: isOn });
          }}
        />
      </Setting>
      <Setting title="Direct messages and mentions">
        <Check
          text="Notify me"
          hint={OBSTACLES[notifying]}
          isOn={notifies && notifying === 'on'}
          isDisabled={OBSTACLES[notifying] !== ''}
          onChange={(isOn) => {
            set({ notifies: isOn });
          }}
        />
        <Check
          text="Play a sound"
          isOn={sound}
          onChange={(isOn) => {
            set({ sound: isOn });
          }}
        />
        <Words
          words={words}
          onChange={(changed) => {
            set({ words: changed });
          }}
        />
      </Setting>
      <Setting title="Your name">
        <p>
          <bdi>{name}</bdi>{' '}
          {isRegistered ? 'is registered.' : 'is not registered: it is free again when you leave.'}
        </p>
        {!isRegistered && (
          <button
            type="button"
            class="button"
            onClick={() => {
              actions.openDialog({ kind: 'register' });
            }}
          >
            Register your name
          </button>
        )}
      </Setting>
      <div class="actions spread">
        <p class="hint">
          {version === null ? 'Partyline' : `Partyline ${version}`}
          {historyDays !== null && ` · messages are kept for ${historyDays} days`}
        </p>
        <button
          type="button"
          class="button"
          onClick={() => {
            actions.openDialog({ kind: 'keyboard' });
          }}
        >
          Keyboard
        </button>
      </div>
    </Dialog>
  );
});

function Setting({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="setting">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Check({
  text,
  hint = '',
  isOn,
  isDisabled = false,
  onChange,
}: {
  readonly text: string;
  readonly hint?: string;
  readonly isOn: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  const id = useId();
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          disabled={isDisabled}
          aria-describedby={hint === '' ? undefined : id}
          onChange={(event) => {
            onChange(event.currentTarget.checked);
          }}
        />
        {text}
      </label>
      {hint !== '' && (
        <p class="hint" id={id}>
          {hint}
        </p>
      )}
    </>
  );
}

function Words({
  words,
  onChange,
}: {
  readonly words: readonly string[];
  readonly onChange: (words: readonly string[]) => void;
}) {
  const id = useId();
  return (
    <div class="setting-words">
      <label class="label" for={id}>
        Further words that count as a mention
      </label>
      <input
        class="field"
        id={id}
        value={words.join(', ')}
        autocomplete="off"
        autocapitalize="none"
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          onChange(listed(event.currentTarget.value));
        }}
      />
      <p class="hint" id={`${id}-hint`}>
        Separated by commas. Your name always counts.
      </p>
    </div>
  );
}

function listed(text: string): readonly string[] {
  const words = text.split(',').map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ''))];
}
