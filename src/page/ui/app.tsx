/** The whole page: the first screen, or the chat. */
import type { Actions, PageState, Row } from '../model/state.js';

export interface AppProps {
  readonly state: PageState;
  readonly actions: Actions;
}

export function App(props: AppProps) {
  return props.state.screen.value === 'enter' ? <Enter {...props} /> : <Chat {...props} />;
}

function Enter({ state, actions }: AppProps) {
  const { name, asksPassword, isBusy, error } = state.entry.value;
  const enter = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const fields = new FormData(event.currentTarget);
    actions.enter(String(fields.get('name')), String(fields.get('password') ?? ''), fields.has('stay'));
  };
  return (
    <main>
      <h1>Partyline</h1>
      <form onSubmit={enter}>
        <label>
          Name
          <input
            name="name"
            defaultValue={name}
            autocomplete="username"
            onInput={(event) => actions.changeName(event.currentTarget.value)}
          />
        </label>
        {asksPassword && (
          <>
            <label>
              Password
              <input name="password" type="password" autocomplete="current-password" />
            </label>
            <label>
              <input name="stay" type="checkbox" />
              Stay signed in on this device
            </label>
          </>
        )}
        {error !== null && <p role="alert">{error.text}</p>}
        <button disabled={isBusy}>Enter</button>
      </form>
    </main>
  );
}

function Chat({ state, actions }: AppProps) {
  const place = state.place.value;
  return (
    <>
      <nav aria-label="Rooms">
        {state.rooms.value.map((room) => (
          <button key={room.place} onClick={() => actions.open(room.place)}>
            {room.name}
          </button>
        ))}
        <button onClick={actions.logOut}>Log out</button>
      </nav>
      <main>
        <h1>{place}</h1>
        <p role="status" aria-label="Connection">
          {state.connection.value.kind === 'online' ? '' : state.connection.value.kind}
        </p>
        <ul aria-label="Messages">
          {state.timeline.value.chunks.flatMap(({ rows }) =>
            rows.map((row) => <Line key={row.key} row={row} />),
          )}
        </ul>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            actions.send();
          }}
        >
          <input
            aria-label={`Message ${place}`}
            value={state.composer.value.draft}
            onInput={(event) => actions.setDraft(event.currentTarget.value)}
          />
          <button>Send</button>
        </form>
      </main>
    </>
  );
}

function Line({ row }: { readonly row: Row }) {
  if (row.kind !== 'message') return null;
  const { id, from, text, state } = row.message;
  return (
    <li data-id={id} data-from={from} data-state={state}>
      <bdi>{from}</bdi>: {text}
    </li>
  );
}
