/** Says what is wrong with the connection, and what to do; empty while nothing is. */
import { useEffect, useState } from 'preact/hooks';
import type { Connection, Interruption, Stop } from '../model/state.js';
import { usePage } from './page-context.js';
import { tracked } from './tracked.js';

interface Shown {
  readonly tone: 'calm' | 'warning' | 'stopped';
  readonly text: string;
  /** The text of the button that connects at once. */
  readonly button?: string;
  readonly retryAt?: number;
}

export const ConnectionBar = tracked(() => {
  const { state, actions } = usePage();
  const shown = shownFor(state.connection.value);
  return (
    <div class="connection" role="status" aria-label="Connection" data-tone={shown?.tone}>
      {shown !== null && (
        <span>
          {shown.text}
          {shown.retryAt !== undefined && <Countdown until={shown.retryAt} />}
        </span>
      )}
      {shown?.button !== undefined && (
        <button type="button" class="button" onClick={actions.reconnect}>
          {shown.button}
        </button>
      )}
    </div>
  );
});

/** The seconds are not part of what a screen reader says again at each change. */
function Countdown({ until }: { readonly until: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 500);
    return () => {
      clearInterval(timer);
    };
  }, [until]);
  const seconds = Math.max(1, Math.ceil((until - now) / 1000));
  return (
    <span class="countdown" aria-hidden="true">
      {` in ${seconds} s`}
    </span>
  );
}

const INTERRUPTIONS: Readonly<Record<Interruption, string>> = {
  lost: 'Offline. Trying again',
  restarting: 'The server restarts. Trying again',
  'too-slow': 'The connection was too slow. Trying again',
  full: 'The server is full. Trying again',
  busy: 'The server is busy. Trying again',
  'cut-off': 'The server was cut off. Trying again',
};

const STOPS: Readonly<Record<Stop, readonly [text: string, button: string | null]>> = {
  elsewhere: ['Your name is used in another session now.', 'Use here'],
  'other-tab': ['Partyline is open in another tab.', 'Use here'],
  kicked: ['You were disconnected by an operator.', 'Enter again'],
  banned: ['You are banned. Contact an operator.', null],
  revoked: ['Your session was revoked.', 'Try again'],
  refused: ['The server refused the connection.', 'Try again'],
};

/** Says who did it, and why. */
const BY_OPERATOR = /^disconnected: (?:kicked|banned) by /;

function shownFor(connection: Connection): Shown | null {
  switch (connection.kind) {
    case 'none':
      return null;
    case 'online':
      return connection.isSlow
        ? { tone: 'calm', text: 'Sending slowly: the server takes 10 lines per second.' }
        : null;
    case 'connecting':
      return { tone: 'calm', text: connection.isAgain ? 'Connecting again…' : 'Connecting…' };
    case 'waiting':
      return {
        tone: 'warning',
        text: INTERRUPTIONS[connection.why],
        button: 'Now',
        retryAt: connection.retryAt,
      };
    case 'idle':
      return { tone: 'warning', text: 'Disconnected: you were idle.', button: 'Connect' };
    case 'stopped': {
      const [text, button] = STOPS[connection.why];
      const isNamed = BY_OPERATOR.test(connection.text);
      return {
        tone: 'stopped',
        text: isNamed ? connection.text.replace('d', 'D') : text,
        ...(button !== null && { button }),
      };
    }
    default:
      return connection satisfies never;
  }
}
