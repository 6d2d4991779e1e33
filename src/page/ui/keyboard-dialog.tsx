/** What the keys do. */
import { Dialog } from './dialog.js';
import { usePage } from './page-context.js';

const KEYS: readonly (readonly [keys: readonly string[], effect: string])[] = [
  [['Enter'], 'Send the message'],
  [['Shift', 'Enter'], 'Start a new line'],
  [['Tab'], 'Complete a name or a room'],
  [['↑'], 'Bring back an earlier text, in an empty field'],
  [['/'], 'List the commands, in an empty field'],
  [['Alt', '↑ ↓'], 'Previous or next room'],
  [['Alt', 'Shift', '↑ ↓'], 'Previous or next unread room'],
  [['Ctrl', 'K'], 'Search the room'],
  [['F6'], 'Next column'],
  [['Esc'], 'Close, then back to the message field'],
];

export function KeyboardDialog() {
  const { actions } = usePage();
  return (
    <Dialog title="Keyboard" onClose={actions.closeDialog}>
      <dl class="keys">
        {KEYS.map(([keys, effect]) => (
          <div key={effect}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{effect}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
