/**
 * What a client asks that has a secret in it. The gateway looks at the secret, which may take its time, and asks the
 * hub for the Command that comes of it: no password ever gets into the core.
 */
import type { RoomName, UserName } from './text/text.js';

export type UnverifiedCommand =
  | {
      readonly kind: 'login';
      /** Null when what was typed is no name. */
      readonly name: UserName | null;
      /** Where to go, null for the lobby. */
      readonly room: RoomName | null;
      /** A refusal ends the connection: there is no second try. */
      readonly closeOnRefusal: boolean;
      /** It asks for a missing secret itself: that one is missing is no refusal yet. */
      readonly canPromptPassword: boolean;
      /** A password or a token. */
      readonly secret: string | null;
    }
  | { readonly kind: 'join'; readonly room: RoomName | null; readonly key: string | null }
  | { readonly kind: 'register'; readonly password: string }
  | { readonly kind: 'change-password'; readonly old: string; readonly password: string }
  | { readonly kind: 'unregister'; readonly password: string }
  | { readonly kind: 'lock'; readonly key: string };

/** Every kind of the type above. A kind that is missing here does not compile. */
const kinds = {
  login: true,
  join: true,
  register: true,
  'change-password': true,
  unregister: true,
  lock: true,
} satisfies Record<UnverifiedCommand['kind'], true>;

/** Whether the secret in a command must be checked before the hub may apply it. */
export function isUnverifiedCommand<Other extends { readonly kind: string }>(
  command: Other | UnverifiedCommand,
): command is UnverifiedCommand {
  return Object.hasOwn(kinds, command.kind);
}
