/**
 * A command with a secret in it. The authenticator checks the secret, which may take time, and gives the hub the
 * Command that results: no password ever reaches the hub.
 */
import type { Roamer } from './command.js';
import type { ModeChange } from './modes.js';
import type { RoomName, UserName } from './text/text.js';

export type UnverifiedCommand =
  | {
      readonly kind: 'login';
      /** Null when what was typed is not a name. */
      readonly name: UserName | null;
      /** The room to enter; null = the lobby. */
      readonly room: RoomName | null;
      /** A refusal ends the connection: there is only one try. */
      readonly closeOnRefusal: boolean;
      /** The dialect asks for a missing password itself, so a missing one does not end the connection yet. */
      readonly canPromptPassword: boolean;
      /** A password or a token. */
      readonly secret: string | null;
      /** `room` does not count for it. */
      readonly roamer?: Roamer | undefined;
      /**
       * Set if the client takes a value with which it can take back its name; `shown` is the value of an earlier login,
       * null if it shows none.
       */
      readonly resume?: { readonly shown: string | null } | undefined;
    }
  | { readonly kind: 'nick'; readonly name: UserName | null; readonly secret: string | null }
  /** Logs in to an account, whatever the name of the session; also before the login. */
  | {
      readonly kind: 'authenticate';
      readonly account: UserName;
      readonly secret: string;
      /** Any other account is refused as if the secret was wrong. */
      readonly operatorsOnly?: boolean;
    }
  | { readonly kind: 'join' | 'follow'; readonly room: RoomName | null; readonly key: string | null }
  | { readonly kind: 'register'; readonly password: string }
  /** Before the login. */
  | {
      readonly kind: 'register-name';
      readonly name: UserName;
      readonly password: string;
      /** The password of the server, as far as the client gave one. */
      readonly secret: string | null;
    }
  | { readonly kind: 'change-password'; readonly old: string; readonly password: string }
  | { readonly kind: 'unregister'; readonly password: string }
  /** Its secret is not given but made. */
  | { readonly kind: 'open-session' }
  /** `room`: null = the current one. */
  | { readonly kind: 'lock'; readonly room: RoomName | null; readonly key: string }
  /** A key in it is not hashed. */
  | { readonly kind: 'mode'; readonly room: RoomName | null; readonly changes: readonly ModeChange[] };

/** Every kind of the type above. A kind that is missing here does not compile. */
const kinds = {
  login: true,
  nick: true,
  authenticate: true,
  join: true,
  follow: true,
  register: true,
  'register-name': true,
  'change-password': true,
  unregister: true,
  'open-session': true,
  lock: true,
  mode: true,
} satisfies Record<UnverifiedCommand['kind'], true>;

/** Whether the secret in a command must be checked before the hub may apply it. */
export function isUnverifiedCommand<Other extends { readonly kind: string }>(
  command: Other | UnverifiedCommand,
): command is UnverifiedCommand {
  return Object.hasOwn(kinds, command.kind);
}
