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
  | 'usage'
  | 'unknown-command'
  | 'user-not-found'
  | 'invalid-room'
  | 'room-not-found'
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
