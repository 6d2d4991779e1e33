/** Reads new messages of the open place to screen readers. The list itself is not live: it would be read as a whole. */
import { usePage } from './page-context.js';
import { tracked } from './tracked.js';

export const LiveLog = tracked(() => {
  return (
    <div class="vh" role="log" aria-live="polite" aria-relevant="additions" aria-label="New messages">
      {usePage().state.announcements.value.map(({ key, text }) => (
        <div key={key}>{text}</div>
      ))}
    </div>
  );
});
