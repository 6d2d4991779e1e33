/** The parts of the hub, each of which handles some of the commands and makes some of the changes; and their wiring. */
import type { HistoryStore } from '../ports.js';
import { Administration } from './administration.js';
import { Deletions } from './deletions.js';
import { DirectDeletions } from './direct-deletions.js';
import type { HubContext } from './hub-context.js';
import { Lookups } from './lookups.js';
import { Membership } from './membership.js';
import { Messages } from './messages.js';
import { Moderation } from './moderation.js';
import { OfflineDelivery } from './offline.js';
import { PageTokens } from './page-tokens.js';
import { Posts } from './posts.js';
import { Queries } from './queries.js';
import { ReadMarkers } from './read-markers.js';
import { Readings } from './readings.js';
import { Registration } from './registration.js';
import { RoomModes } from './room-modes.js';
import { RoomSettings } from './room-settings.js';
import { Rosters } from './rosters.js';
import { Sessions, type SessionsOptions } from './sessions.js';
import { Subscribers } from './subscribers.js';
import { Watches } from './watches.js';

export interface HubParts {
  readonly context: HubContext;
  readonly sessions: Sessions;
  readonly membership: Membership;
  readonly messages: Messages;
  readonly posts: Posts;
  readonly queries: Queries;
  readonly lookups: Lookups;
  readonly readings: Readings;
  readonly readMarkers: ReadMarkers;
  readonly rosters: Rosters;
  readonly watches: Watches;
  readonly deletions: Deletions;
  readonly directDeletions: DirectDeletions;
  readonly registration: Registration;
  readonly moderation: Moderation;
  readonly administration: Administration;
  readonly rooms: RoomSettings;
  readonly modes: RoomModes;
  readonly offline: OfflineDelivery;
  readonly pageTokens: PageTokens;
  readonly subscribers: Subscribers;
}

export interface PartsOptions extends Pick<SessionsOptions, 'announceLogin' | 'presenceLimit' | 'meter'> {
  readonly history: HistoryStore;
  readonly writeQueueBytes: number;
  /** Runs something in its place among the entries. */
  readonly inOrder: (run: () => void) => void;
}

export function makeParts(context: HubContext, options: PartsOptions): HubParts {
  const { history, writeQueueBytes, announceLogin, presenceLimit, meter, inOrder } = options;
  const subscribers = new Subscribers(context, { history, writeQueueBytes, inOrder });
  const rooms = new RoomSettings(context, history, subscribers);
  const registration = new Registration(context, rooms, subscribers);
  const lookups = new Lookups(context);
  const offline = new OfflineDelivery(context, subscribers);
  const queries = new Queries(context, history, writeQueueBytes);
  const directDeletions = new DirectDeletions(context, subscribers);
  const deletions = new Deletions(context, history, subscribers, directDeletions);
  const watches = new Watches(context);
  context.watches = watches;
  const rosters = new Rosters(context, writeQueueBytes);
  const readMarkers = new ReadMarkers(context, history);
  const membership = new Membership(context, { rooms, offline, queries, lookups, readMarkers, rosters });
  const messages = new Messages(context, { offline, subscribers, deletions, directDeletions });
  const posts = new Posts(context, { registration, offline, messages, deletions, directDeletions });
  const moderation = new Moderation(context, subscribers);
  const administration = new Administration(context, registration, moderation);
  const modes = new RoomModes(context, { rooms, membership });
  const pageTokens = new PageTokens(context);
  const shared = { registration, rooms, offline, queries, lookups, membership, subscribers, pageTokens };
  const sessions = new Sessions(context, { ...shared, announceLogin, presenceLimit, meter });
  const reading = { readings: new Readings(context, history), readMarkers, rosters, watches };
  const changes = { posts, messages, deletions, directDeletions, moderation, administration, modes };
  return { context, ...shared, sessions, ...reading, ...changes };
}
