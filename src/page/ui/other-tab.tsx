/** Shown while another tab of this browser has the session: one tab at a time. */
import { usePage } from './page-context.js';

export function OtherTab() {
  const { actions } = usePage();
  return (
    <main class="enter">
      <div class="only-message">
        <h1>Partyline is open in another tab</h1>
        <p>One tab at a time is connected. Messages that are not sent yet stay where they are.</p>
        <button type="button" class="button primary" onClick={actions.reconnect}>
          Use here
        </button>
      </div>
    </main>
  );
}
