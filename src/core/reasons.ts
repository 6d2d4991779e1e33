/**
 * Why not, and why gone. Every dialect has its words for each of these in a `Record`, so that a new reason does
 * not compile until all of them can say it.
 */

/** What a user asked and was not given; the connection stays open. */
export type Refusal =
  | 'not-logged-in'
  | 'already-logged-in'
  /** What a client introduced itself with cannot be read. */
  | 'invalid-handshake'
  | 'invalid-username'
  | 'username-taken'
  /** The name is registered, or the server closed to strangers: LOGIN needs a secret. */
  | 'password-required'
  | 'wrong-password'
  | 'weak-password'
  | 'already-registered'
  | 'not-registered'
  | 'banned'
  | 'not-permitted'
  /** It may listen, and not speak. */
  | 'muted'
  | 'usage'
  | 'unknown-command'
  | 'user-not-found'
  | 'invalid-room'
  | 'room-not-found'
  | 'room-locked'
  /** Too much waits for someone who is away. */
  | 'mailbox-full'
  | 'not-stored'
  /** It could not be done just now; the same again later may work. */
  | 'busy'
  | 'line-too-long'
  | 'paste-too-long';

/** Why a connection ends. */
export type CloseReason =
  /** It said so. */
  | 'quit'
  /** Its side of the pipe ended; it still gets every reply. */
  | 'left'
  /** The network took it: there is nobody to tell. */
  | 'lost'
  | 'idle'
  | 'login-timeout'
  /** Its login was refused, for good; the refusal said why. */
  | 'login-refused'
  /** Five wrong passwords. */
  | 'too-many-attempts'
  /** The name's owner has come back on another connection. */
  | 'logged-in-elsewhere'
  | 'token-revoked'
  | 'kicked'
  /** By someone, just now. */
  | 'banned'
  /** It came from an address that is banned. */
  | 'barred'
  /** Too much unread output, or none taken for too long. */
  | 'too-slow'
  /** 64 KiB without a line end. */
  | 'endless-line'
  /** A browser was made to talk to us. */
  | 'http-request'
  | 'server-full'
  | 'too-many-connections'
  /** It speaks plain text, and only TLS is spoken here. */
  | 'tls-required'
  | 'shutdown'
  /** Our bug; it costs this one connection. */
  | 'internal-error';
