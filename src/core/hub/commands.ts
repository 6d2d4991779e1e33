/**
 * The commands of the hub, a row each: who may give it, and what handles it. Every command passes its permission here
 * and nowhere else.
 */
import type { Command, CommandKind, CommandOf } from '../command.js';
import type { HubEvent, RefusalDetail } from '../event.js';
import type { Refusal } from '../reasons.js';
import type { RoomName } from '../text/text.js';
import type { Client } from './client.js';
import type { HubContext } from './hub-context.js';
import type { HubParts } from './parts.js';
import type { Permission, Permissions } from './permissions.js';
import type { Request, RoomRequest } from './request.js';
import type { Session } from './session.js';

type Handler<Kind extends CommandKind, By extends Session> = (
  hub: HubParts,
  session: By,
  command: CommandOf<Kind>,
  at: number,
) => void;

type UserHandler<Kind extends CommandKind, By extends Session> = (
  hub: HubParts,
  request: Request<Kind, By>,
) => void;
type RoomHandler<Kind extends CommandKind, By extends Session> = (
  hub: HubParts,
  request: RoomRequest<Kind, By>,
) => void;

/** Commands about a room that the user is in: `room` names it, and null is the current one. */
type RoomCommandKind = {
  [Kind in CommandKind]: CommandOf<Kind> extends { readonly room: RoomName | null } ? Kind : never;
}[CommandKind];

interface Needs {
  readonly permission: Permission;
  /** The command is about a room that the user must be in; `speech`: or which is open to those outside. */
  readonly needsRoom: boolean | 'speech';
}

/** A command that is handled at once: it changes nothing, or makes a proposal of its own. */
interface ClientRow<Kind extends CommandKind> extends Needs {
  readonly isOrdered: false;
  readonly handle: Handler<Kind, Client>;
}

/** A command that changes shared state just as it is, so it is put in order before it is handled. */
interface OrderedRow<Kind extends CommandKind> extends Needs {
  readonly isOrdered: true;
  readonly handle: Handler<Kind, Session>;
}

type Row<Kind extends CommandKind> = ClientRow<Kind> | OrderedRow<Kind>;

const SPEAKER: Needs = { permission: 'speaker', needsRoom: 'speech' };
const OWNER: Needs = { permission: 'owner', needsRoom: false };
const USER: Needs = { permission: 'user', needsRoom: false };

const COMMANDS: { readonly [Kind in CommandKind]: Row<Kind> } = {
  login: forAnyone(({ sessions }, client, command, at) => sessions.login(client, command, at)),
  'check-name': forAnyone(({ sessions }, client, command, at) => sessions.checkName(client, command, at)),
  quit: forAnyone(({ context }, client, { reason }, at) => context.endSession(client, 'quit', at, reason)),
  ping: forAnyone(({ context }, client, { token }) => sendPong(context, client, token)),
  authenticate: forAnyone(({ sessions }, client, command, at) => sessions.authenticate(client, command, at)),
  'change-account': ordered('user', ({ sessions }, request) => sessions.settleAuthentication(request)),
  nick: ordered('speaker', ({ sessions }, request) => sessions.rename(request)),

  // The two most frequent commands, without a request object for each.
  say: atOnce(SPEAKER, ({ messages }, client, command, at) => messages.say(client, command, at)),
  tell: atOnce(USER, ({ messages }, client, command, at) => messages.tell(client, command, at)),
  signal: ordered('speaker', ({ messages }, request) => messages.signal(request)),
  me: speechInRoom(({ messages }, request) => messages.act(request)),
  paste: speechInRoom(({ messages }, request) => messages.paste(request)),
  join: forUser('user', ({ membership }, request) => membership.join(request)),
  away: ordered('speaker', ({ sessions }, request) => sessions.setAway(request)),
  describe: ordered('user', ({ sessions }, request) => sessions.describe(request)),
  leave: forUser('user', ({ membership }, request) => membership.leave(request)),
  follow: ordered('user', ({ membership }, request) => membership.follow(request)),
  unfollow: ordered('user', ({ membership }, request) => membership.unfollow(request)),

  who: forUser('user', ({ queries }, request) => queries.who(request)),
  rooms: forUser('user', ({ queries }, request) => queries.rooms(request)),
  present: forUser('user', ({ lookups }, request) => lookups.present(request)),
  census: forUser('user', ({ lookups }, request) => lookups.census(request)),
  members: forUser('user', ({ rosters }, request) => rosters.members(request)),
  users: forUser('user', ({ rosters }, request) => rosters.users(request)),
  watch: forUser('user', ({ watches }, request) => watches.watch(request)),
  departures: forUser('user', ({ lookups }, request) => lookups.departures(request)),
  whois: forUser('user', ({ lookups }, request) => lookups.whois(request)),
  seen: forUser('user', ({ lookups }, request) => lookups.seen(request)),
  ignores: forUser('user', ({ lookups }, request) => lookups.ignores(request)),
  'show-topic': inRoom('user', ({ lookups }, request) => lookups.topic(request)),
  'history-targets': forUser('user', ({ queries }, request) => queries.historyTargets(request)),
  delete: inRoom('speaker', ({ deletions }, request) => deletions.delete(request)),
  'delete-direct': forUser('speaker', ({ directDeletions }, request) => directDeletions.delete(request)),
  history: inRoom('user', ({ queries }, request) => queries.history(request)),
  search: inRoom('user', ({ queries }, request) => queries.search(request)),
  bans: forUser('operator', ({ queries }, request) => queries.bans(request)),
  read: inRoom('owner', ({ readMarkers }, request) => readMarkers.read(request)),
  'mark-user': forUser('user', ({ readMarkers }, request) => readMarkers.markUser(request)),
  mark: inRoom('user', ({ readMarkers }, request) => readMarkers.mark(request)),

  'register-name': forAnyone(({ registration }, client, command, at) =>
    registration.proposeName(client, command, at),
  ),
  register: ordered('guest', ({ registration }, request) => registration.register(request)),
  'change-password': ordered('owner', ({ registration }, request) => registration.changePassword(request)),
  unregister: ordered('owner', ({ registration }, request) => registration.unregister(request)),
  'open-session': atOnce(OWNER, ({ pageTokens }, client, command, at) =>
    pageTokens.open(client, command, at),
  ),
  'close-session': atOnce(OWNER, ({ pageTokens }, client, _, at) => pageTokens.close(client, at)),

  kick: ordered('operator', ({ moderation }, request) => moderation.kick(request)),
  ban: ordered('operator', ({ moderation }, request) => moderation.ban(request)),
  unban: ordered('operator', ({ moderation }, request) => moderation.unban(request)),
  mute: ordered('operator', ({ moderation }, request) => moderation.mute(request)),
  unmute: ordered('operator', ({ moderation }, request) => moderation.unmute(request)),
  wallops: ordered('operator', ({ moderation }, request) => moderation.wallops(request)),
  announce: ordered('operator', ({ moderation }, request) => moderation.announce(request)),
  ignore: ordered('user', ({ moderation }, request) => moderation.ignore(request)),
  unignore: ordered('user', ({ moderation }, request) => moderation.unignore(request)),
  lock: orderedInRoom('founder', ({ rooms }, request) => rooms.lock(request)),
  unlock: orderedInRoom('founder', ({ rooms }, request) => rooms.unlock(request)),
  topic: orderedInRoom('topic', ({ rooms }, request) => rooms.setTopic(request)),
  mode: ordered('user', ({ modes }, request) => modes.change(request)),
  modes: forUser('user', ({ modes }, request) => modes.show(request)),
  invite: ordered('speaker', ({ modes }, request) => modes.invite(request)),
  invitations: forUser('user', ({ modes }, request) => modes.invitations(request)),
  'put-out': ordered('user', ({ modes }, request) => modes.putOut(request)),
  found: orderedInRoom('operator', ({ rooms }, request) => rooms.found(request)),
};

/** Handles a command, proposes it where it must be ordered, or refuses it. */
export function applyCommand<Kind extends CommandKind>(
  hub: HubParts,
  client: Client,
  command: Command & CommandOf<Kind>,
  at: number,
): void {
  const row: Row<Kind> = COMMANDS[command.kind];
  if (!isPermitted(hub, client, row, command, at)) return;
  if (row.isOrdered) hub.context.propose(client, { kind: 'command', session: client.key, command }, at);
  else row.handle(hub, client, command, at);
}

/** Handles a command that is ordered. The permission is checked again: it may have been lost in the meantime. */
export function settleCommand<Kind extends CommandKind>(
  hub: HubParts,
  session: Session,
  command: Command & CommandOf<Kind>,
  at: number,
): void {
  const row: Row<Kind> = COMMANDS[command.kind];
  if (isPermitted(hub, session, row, command, at) && row.isOrdered) row.handle(hub, session, command, at);
}

/** A command as far as its permission depends on it, whether its secret is checked or not. */
export interface PermissionRequest {
  readonly kind: CommandKind;
  readonly room?: RoomName | null;
  readonly text?: string | null | undefined;
  readonly reason?: string | undefined;
}

/** Why the client may not give the command; null if it may. */
export function refusalFor(
  context: HubContext,
  session: Session,
  command: PermissionRequest,
  at: number,
): Refusal | null {
  return refusalOf(context, session, COMMANDS[command.kind], command, at);
}

function refusalOf(
  context: HubContext,
  session: Session,
  { permission: usual, needsRoom }: Needs,
  command: PermissionRequest,
  at: number,
): Refusal | null {
  const { permissions } = context;
  const { room: name = null } = command;
  const permission = isWordless(command) ? 'user' : usual;
  if (needsRoom === false) return permissions.refusalFor(session, permission, null, at);
  if (session.name === null) return 'not-logged-in';
  const room =
    needsRoom === 'speech' ? context.speechRoom(session, name?.fold ?? null) : session.roomFor(name);
  return room === null ? 'not-in-room' : permissions.refusalFor(session, permission, room, at);
}

/** Whether a command only takes something away, so that it is for users who may not speak, too. */
function isWordless({ kind, text, reason }: PermissionRequest): boolean {
  switch (kind) {
    case 'away':
      return text === '';
    case 'delete':
    case 'delete-direct':
      return reason === '';
    default:
      return false;
  }
}

/** What helps a person to understand that refusal. */
export function refusalDetail(
  permissions: Permissions,
  session: Session,
  { kind, room }: PermissionRequest,
): RefusalDetail {
  return permissions.detailFor(COMMANDS[kind].permission, session.roomFor(room ?? null));
}

function isPermitted(
  { context }: HubParts,
  session: Session,
  needs: Needs,
  command: Command,
  at: number,
): boolean {
  if (needs.permission === 'anyone') return true;
  const refusal = refusalOf(context, session, needs, command, at);
  if (refusal === null) return true;
  const room = 'room' in command ? command.room : null;
  const detail =
    refusal === 'not-in-room' && room !== null
      ? context.absence(session, room)
      : refusalDetail(context.permissions, session, command);
  context.refuse(session, refusal, detail, at);
  return false;
}

function atOnce<Kind extends CommandKind>(
  { permission, needsRoom }: Needs,
  handle: Handler<Kind, Client>,
): ClientRow<Kind> {
  return { permission, isOrdered: false, needsRoom, handle };
}

function forAnyone<Kind extends CommandKind>(handle: Handler<Kind, Client>): ClientRow<Kind> {
  return { permission: 'anyone', isOrdered: false, needsRoom: false, handle };
}

function forUser<Kind extends CommandKind>(
  permission: Permission,
  handle: UserHandler<Kind, Client>,
): ClientRow<Kind> {
  return { permission, isOrdered: false, needsRoom: false, handle: withUser(handle) };
}

function ordered<Kind extends CommandKind>(
  permission: Permission,
  handle: UserHandler<Kind, Session>,
): OrderedRow<Kind> {
  return { permission, isOrdered: true, needsRoom: false, handle: withUser(handle) };
}

function inRoom<Kind extends RoomCommandKind>(
  permission: Permission,
  handle: RoomHandler<Kind, Client>,
): ClientRow<Kind> {
  return { permission, isOrdered: false, needsRoom: true, handle: withRoom(handle) };
}

/** For speech in a room. */
function speechInRoom<Kind extends RoomCommandKind>(handle: RoomHandler<Kind, Client>): ClientRow<Kind> {
  return { ...SPEAKER, isOrdered: false, handle: withRoom(handle, true) };
}

function orderedInRoom<Kind extends RoomCommandKind>(
  permission: Permission,
  handle: RoomHandler<Kind, Session>,
): OrderedRow<Kind> {
  return { permission, isOrdered: true, needsRoom: true, handle: withRoom(handle) };
}

function withUser<Kind extends CommandKind, By extends Session>(
  handle: UserHandler<Kind, By>,
): Handler<Kind, By> {
  return (hub, session, command, at) => {
    const { name } = session;
    if (name !== null) handle(hub, { session, name, command, at });
  };
}

function withRoom<Kind extends RoomCommandKind, By extends Session>(
  handle: RoomHandler<Kind, By>,
  isSpeech = false,
): Handler<Kind, By> {
  return (hub, session, command, at) => {
    const { name } = session;
    const room = isSpeech
      ? hub.context.speechRoom(session, command.room?.fold ?? null)
      : session.roomFor(command.room);
    if (name !== null && room !== null) handle(hub, { session, name, room, command, at });
  };
}

/** Replies to PING, in order after everything that the client sent before. */
export function sendPong({ turn }: HubContext, client: Client, token: string, times = 1): void {
  if (token === '') turn.repeat(client, PONG, times);
  else turn.reply(client, { kind: 'pong', token });
}

const PONG: HubEvent = { kind: 'pong', token: '' };
