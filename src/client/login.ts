/** Turns on tags and labels, logs in, and finds out which password is missing: that of the name, or of the server. */
import { refusalIn, type RequestChannel } from './request-channel.js';

export type LoginRefusal = {
  /** The code of the server. */
  readonly code: string;
  /** Whether the server has a password of its own, for names that are not registered. */
  readonly hasServerPassword: boolean;
  /** The given password is the server's: the name is registered, and needs its own. */
  readonly isServerPassword?: boolean;
};

/** A reserved name: logging in under it never succeeds, and is refused for a missing or wrong server password first. */
const PROBE = 'LOGIN server';

/**
 * Turns on tags before the login, and labels if the server has them. An older server refuses the first command, or
 * the label in front of the second one.
 */
export function negotiateTags(channel: RequestChannel, onDone: () => void): void {
  const commands = ['TAGS ON', '@label=tags TAGS ON'].map((line) => ({ lines: [line] }));
  channel.requestAll(commands, (answers) => {
    if (answers.every((replies) => replies.length > 0 && refusalIn(replies) === null)) channel.useLabels();
    onDone();
  });
}

export interface Login {
  readonly name: string;
  readonly password: string | null;
  /** What an earlier login was answered; null if there was none, or the server has no such values. */
  readonly resume?: string | null;
  /** Called after a login with the value for the next one, if there is one. */
  readonly onResume?: (value: string) => void;
  /** Called at once with the code of a refusal, before the probe. */
  readonly onRefused?: (code: string) => void;
}

/** Calls back with null after a login. */
export function logIn(
  channel: RequestChannel,
  { name, password, resume = null, onResume, onRefused }: Login,
  onDone: (refusal: LoginRefusal | null) => void,
): void {
  const login = password === null ? `LOGIN ${name}` : `LOGIN ${name} ${password}`;
  channel.requestAll([{ lines: [login], resume }], ([replies = []]) => {
    const code = refusalIn(replies);
    if (code === null) {
      const value = replies.find((reply) => reply.kind === 'ok')?.resume ?? null;
      if (value !== null) onResume?.(value);
      return onDone(null);
    }
    onRefused?.(code);
    if (!isAboutPassword(code)) return onDone({ code, hasServerPassword: false });
    channel.request([PROBE], (probed) => {
      const hasServerPassword = refusalIn(probed) === 'password-required';
      if (!hasServerPassword || code !== 'wrong-password' || password === null)
        return onDone({ code, hasServerPassword });
      channel.request([`${PROBE} ${password}`], (answer) =>
        onDone({ code, hasServerPassword, isServerPassword: refusalIn(answer) === 'username-taken' }),
      );
    });
  });
}

/** After a login to an account whose name was changed by NICK: takes that name again. Calls back with the name it has. */
export function resumeName(
  channel: RequestChannel,
  loginName: string,
  name: string,
  onDone: (name: string) => void,
): void {
  if (name === loginName) return onDone(name);
  channel.request([`NICK ${name}`], (replies) => onDone(refusalIn(replies) === null ? name : loginName));
}

export function isAboutPassword(code: string): boolean {
  return code === 'password-required' || code === 'wrong-password';
}
