/** The first screen: the name, a password if the server asks for one, and the other ways in. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { EntryError } from '../model/state.js';
import { ConnectionBar } from './connection-bar.js';
import { usePage } from './page-context.js';
import { WaysIn } from './ways-in.js';
import { tracked } from './tracked.js';

const MAX_NAME_LENGTH = 32;

export const Enter = tracked(() => {
  const { motd, host } = usePage().state.about.value;
  return (
    <main class="enter">
      <div class="enter-card">
        <div class="enter-form">
          <div class="brand">
            <Mark />
            <div>
              <h1>Partyline</h1>
              <p class="brand-host">{host}</p>
            </div>
          </div>
          {motd !== '' && <p class="motd">{motd}</p>}
          <EnterForm />
          <ConnectionBar />
        </div>
        <section class="enter-ways" aria-label="Other ways in">
          <h2>Three ways in</h2>
          <p class="hint">The same rooms, names and messages, whichever you take.</p>
          <WaysIn />
        </section>
      </div>
    </main>
  );
});

const EnterForm = tracked(() => {
  const { state, actions } = usePage();
  const { name: lastName, asksPassword, isBusy, error } = state.entry.value;
  const { needsPassword } = state.about.value;
  const [name, setName] = useState(lastName);
  const [password, setPassword] = useState('');
  const [staysSignedIn, setStaysSignedIn] = useState(false);
  const id = useId();
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const failed = error?.field ?? null;
  // The name of the last visit is known only after the first frame.
  useEffect(() => {
    setName((typed) => (typed === '' ? lastName : typed));
  }, [lastName]);
  useEffect(() => {
    (asksPassword ? passwordField : nameField).current?.focus();
  }, [asksPassword, failed]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!isBusy) actions.enter(name.trim(), password, staysSignedIn);
  };
  const change = (changed: string) => {
    setName(changed);
    actions.changeName(changed);
  };
  const describedBy = (field: EntryError['field']) => (failed === field ? `${id}-${field}-error` : undefined);
  return (
    <form onSubmit={submit}>
      <div>
        <label class="label" for={`${id}-name`}>
          Name
        </label>
        <input
          ref={nameField}
          class="field"
          id={`${id}-name`}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="go"
          required
          maxLength={MAX_NAME_LENGTH}
          value={name}
          aria-invalid={failed === 'name'}
          aria-describedby={describedBy('name')}
          onInput={(event) => {
            change(event.currentTarget.value);
          }}
        />
        {error?.field === 'name' && (
          <Problem
            id={`${id}-name-error`}
            error={error}
            onTake={(suggestion) => {
              change(suggestion);
              nameField.current?.focus();
            }}
          />
        )}
      </div>
      {asksPassword && (
        <div>
          <label class="label" for={`${id}-password`}>
            Password
          </label>
          <input
            ref={passwordField}
            class="field"
            id={`${id}-password`}
            name="password"
            type="password"
            autocomplete="current-password"
            enterkeyhint="go"
            required
            value={password}
            aria-invalid={failed === 'password'}
            aria-describedby={describedBy('password') ?? `${id}-password-hint`}
            onInput={(event) => {
              setPassword(event.currentTarget.value);
            }}
          />
          {error?.field === 'password' ? (
            <Problem id={`${id}-password-error`} error={error} />
          ) : (
            <p class="hint" id={`${id}-password-hint`}>
              {needsPassword ? 'The server asks everyone for a password.' : 'The name is registered.'}
            </p>
          )}
          <label class="check">
            <input
              type="checkbox"
              checked={staysSignedIn}
              onChange={(event) => {
                setStaysSignedIn(event.currentTarget.checked);
              }}
            />
            Stay signed in on this device
          </label>
        </div>
      )}
      <button class="button primary" aria-disabled={isBusy}>
        Enter
      </button>
    </form>
  );
});

function Problem({
  id,
  error: { text, suggestion },
  onTake,
}: {
  readonly id: string;
  readonly error: EntryError;
  readonly onTake?: (suggestion: string) => void;
}) {
  return (
    <p class="error" role="alert" id={id}>
      {text}{' '}
      {suggestion !== null && onTake !== undefined && (
        <button
          type="button"
          class="link"
          onClick={() => {
            onTake(suggestion);
          }}
        >
          Use {suggestion}
        </button>
      )}
    </p>
  );
}

/** The icon of the page, whose address has a hash of its content. */
function Mark() {
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  return <img src={icon?.href} width="36" height="36" alt="" />;
}
