/**
 * Why a command is refused, and why a connection ends. Every dialect has its text for each reason in a `Record`, so
 * that a new reason does not compile until every dialect has one.
 */

/** Why a command is refused. The connection stays open. */
export type Refusal =
  | 'not-logged-in'
  | 'already-logged-in'
  /** MaChat's first object cannot be parsed. */
  | 'invalid-handshake'
  | 'invalid-username'
  | 'username-taken'
  /** The name is registered, or the server has a password: LOGIN needs one. */
  | 'password-required'
  | 'wrong-password'
  | 'weak-password'
  /** Too many REGISTERs from the address in an hour. */
  | 'too-many-registrations'
  | 'already-registered'
  | 'not-registered'
  | 'banned'
  | 'not-permitted'
  /** The user is muted. */
  | 'muted'
  | 'usage'
  | 'unknown-command'
  | 'user-not-found'
  | 'invalid-room'
  | 'room-not-found'
  | 'room-locked'
  /** The modes of a room keep the user out: a ban, no invitation, or a limit. */
  | 'room-banned'
  | 'room-invite-only'
  | 'room-full'
  /** The modes of a room do not let the user speak. */
  | 'cannot-speak'
  | 'user-not-in-room'
  /** The invited user is in the room. */
  | 'already-in-room'
  | 'mask-list-full'
  | 'watch-list-full'
  | 'message-not-found'
  /** The room of the command is not one that the user is in. */
  | 'not-in-room'
  | 'too-many-rooms'
  /** Too many messages are stored for an offline user. */
  | 'mailbox-full'
  | 'not-stored'
  /** The server is busy; the same command may work later. */
  | 'busy'
  | 'line-too-long'
  | 'paste-too-long';

/** Why a connection ends. */
export type CloseReason =
  /** The client sent QUIT. */
  | 'quit'
  /** The client closed its sending side; it still gets every reply. */
  | 'left'
  /** The connection broke: nothing can be sent any more. */
  | 'lost'
  | 'idle'
  | 'login-timeout'
  /** The login was refused in a dialect that allows one try; the refusal names the reason. */
  | 'login-refused'
  /** The same for a banned name or address. */
  | 'login-banned'
  /** Five wrong passwords. */
  | 'too-many-attempts'
  /** The owner of the name logged in on another connection. */
  | 'logged-in-elsewhere'
  | 'token-revoked'
  /** The command line gave the name a new password, or removed it. */
  | 'access-revoked'
  | 'kicked'
  /** The user was put out of the only room that its dialect has. */
  | 'put-out'
  /** An operator banned the user. */
  | 'banned'
  /** The client's address is banned. */
  | 'barred'
  /** Too much unread output, or no byte taken for too long. */
  | 'too-slow'
  /** 64 KiB without a line end. */
  | 'endless-line'
  /** A WebSocket frame that violates the protocol. */
  | 'bad-frame'
  /** A text message of a WebSocket that is not UTF-8. */
  | 'not-utf8'
  /** A message of a WebSocket that is too long. */
  | 'message-too-long'
  /** The client sent an HTTP request: a web page made a browser do it. */
  | 'http-request'
  | 'server-full'
  | 'too-many-connections'
  /** The client sent plain text, and only TLS is allowed. */
  | 'tls-required'
  /** A room whose stream it reads was locked. */
  | 'locked'
  | 'shutdown'
  /** The server was cut off from the others, which have ended its sessions. */
  | 'cut-off'
  /** A bug of ours, which ends this connection alone. */
  | 'internal-error';

/** What the transport found wrong in the input: nothing after it can be read. */
export type InputFault = Extract<CloseReason, 'bad-frame' | 'not-utf8' | 'message-too-long'>;

/** The word for a reason in metrics and in a WebSocket's close frame: the one of the line that the client gets. */
export function wordOf(why: string): string {
  return why === 'barred' || why === 'login-banned' ? 'banned' : why;
}
