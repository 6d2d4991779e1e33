/** The refusals of the HTTP interface: the codes of the chat protocol, each with its status and what to do about it. */

export interface ErrorRow {
  readonly status: number;
  /** What failed, and what to do. */
  readonly detail: string;
  /** Seconds until another try may succeed. */
  readonly retryAfterS?: number;
}

export const ERRORS = {
  'invalid-room': {
    status: 400,
    detail: 'a room name has 1 to 64 letters, digits, dots, hyphens and underscores',
  },
  'invalid-username': {
    status: 400,
    detail:
      'a name has 1 to 32 letters, digits, dots, hyphens and underscores, and begins with a letter or digit',
  },
  usage: {
    status: 400,
    detail: 'the request lacks something, or a value in it is invalid; see docs/http.md',
  },
  'not-utf8': { status: 400, detail: 'the text is not UTF-8; convert it, for example with iconv -t UTF-8' },
  'password-required': {
    status: 401,
    detail:
      'send a token (Authorization: Bearer <token>), or a name with its password (curl -u name:password)',
  },
  'wrong-password': { status: 401, detail: 'the token or the password is wrong, or has expired' },
  'not-permitted': { status: 403, detail: 'permission denied' },
  banned: { status: 403, detail: 'you are banned; contact the operator' },
  'room-locked': { status: 403, detail: 'the room is locked; send its key in the header Room-Key' },
  'tls-required': {
    status: 403,
    detail: 'this server takes encrypted connections only: use https:// or wss://',
  },
  'other-origin': {
    status: 403,
    detail: 'pages of this origin are not allowed to chat here',
  },
  'room-not-found': { status: 404, detail: 'no such room; GET /rooms lists the rooms' },
  'user-not-found': { status: 404, detail: 'no such user; GET /users lists the users' },
  'not-found': { status: 404, detail: 'not found; GET /openapi.json describes what there is' },
  'method-not-allowed': { status: 405, detail: 'the header Allow lists the methods of this path' },
  'request-timeout': { status: 408, detail: 'the request took too long' },
  'username-taken': {
    status: 409,
    detail: 'the name, or one that looks like it, is in use, registered or reserved; take another',
  },
  'line-too-long': { status: 413, detail: 'a line is too long; send it in parts' },
  'paste-too-long': { status: 413, detail: 'a text has at most 200 lines and 16 KiB; send it in parts' },
  'unsupported-type': {
    status: 415,
    detail: 'send the text as text/plain, or as JSON: {"text": "hi"} with Content-Type: application/json',
  },
  'unknown-host': {
    status: 421,
    detail: 'this host name is not one of this server',
  },
  'key-reused': {
    status: 422,
    detail: 'this Idempotency-Key was used for another request; use a new key for a new message',
  },
  'rate-limited': { status: 429, detail: 'too many requests; send them more slowly', retryAfterS: 5 },
  'too-many-attempts': { status: 429, detail: 'too many wrong passwords; try again later', retryAfterS: 15 },
  'too-many-connections': {
    status: 429,
    detail: 'too many connections from your address; close some, or try again later',
    retryAfterS: 10,
  },
  'not-stored': {
    status: 503,
    detail: 'nothing was sent: the server could not store it; try again in a moment',
    retryAfterS: 1,
  },
  busy: { status: 503, detail: 'the server is busy; try again in a moment', retryAfterS: 1 },
  'server-full': { status: 503, detail: 'the server is full; try again later', retryAfterS: 10 },
  'mailbox-full': {
    status: 503,
    detail: 'too many messages already wait for that user; try again later',
    retryAfterS: 600,
  },
  'shutting-down': { status: 503, detail: 'the server is shutting down', retryAfterS: 5 },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** Why a request is refused. */
export interface ApiRefusal {
  readonly refusal: ErrorCode;
  /** In place of the usual advice. */
  readonly detail?: string;
  readonly retryAfterS?: number;
}

export function refuse(refusal: ErrorCode, more: Omit<ApiRefusal, 'refusal'> = {}): ApiRefusal {
  return { refusal, ...more };
}

export function isRefusal(value: object): value is ApiRefusal {
  return 'refusal' in value;
}
