/** Bars above the messages: a newer page to load, and failures that belong to no field. */
import { IconButton } from './icon.js';
import { usePage } from './page-context.js';
import { RichText } from './rich-text.js';
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
      {alert !== null && (
        <div class="connection" data-tone="stopped">
          <span role="alert" dir="auto">
            <RichText text={alert} />
          </span>
          <IconButton icon="close" name="Dismiss" extra="end" onClick={actions.dismissAlert} />
        </div>
      )}
    </>
  );
});
