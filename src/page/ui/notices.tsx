/** Bars above the messages: a newer page to load, what was said to the user alone, and failures that belong to no field. */
import { IconButton } from './icon.js';
import { usePage } from './page-context.js';
import { tracked } from './tracked.js';

export const Notices = tracked(() => {
  const { state, actions } = usePage();
  const alert = state.alert.value;
  return (
    <>
      {state.isOutdated.value && (
        <div class="connection" data-tone="calm">
          <span>A new version is here.</span>
          <button type="button" class="button" onClick={actions.reload}>
            Reload
          </button>
        </div>
      )}
      <Notice />
      {alert !== null && (
        <div class="connection" data-tone="stopped">
          <span role="alert">{alert}</span>
          <IconButton icon="close" name="Dismiss" extra="end" onClick={actions.dismissAlert} />
        </div>
      )}
    </>
  );
});

/** What an operator says to everyone, and invitations. */
const Notice = tracked(() => {
  const { state, actions } = usePage();
  const notice = state.notice.value;
  if (notice === null) return null;
  const { text, room } = notice;
  return (
    <div class="connection" data-tone="calm">
      <span role="alert" dir="auto">
        {text}
      </span>
      {room !== null && (
        <button
          type="button"
          class="button"
          aria-label={`Join #${room}`}
          onClick={() => {
            actions.dismissNotice();
            actions.join(room);
          }}
        >
          Join
        </button>
      )}
      <IconButton icon="close" name="Dismiss" extra="end" onClick={actions.dismissNotice} />
    </div>
  );
});
