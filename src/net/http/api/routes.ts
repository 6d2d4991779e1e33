/**
 * The table of the HTTP interface. Dispatch, `Allow`, `GET /openapi.json` and the table in docs/http.md come from it.
 *
 * To add a route, add a row: method, path (`{room}` is a percent-decoded segment), who may ask, the parameters of the
 * query, the formats of the answer with the default first, and the handler, a function of its own file. It gets an
 * `ApiRequest` and returns (a promise of) one of these:
 * - an `HttpResponse`: status, body, contentType, headers;
 * - an `ApiRefusal`, made by `refuse('room-not-found')`: the response is made of it, as text or problem+json;
 * - a `TakeOver`, made by `takeOver((stage) => …)`: the handler answers by itself, for as long as it wants (streams).
 * What the handler needs of the chat is a method of `ApiCaller` (api-port.ts), which src/api implements. The body of a
 * route with `body` is read before the handler is called, up to 64 KiB. Then run `npm run generate`.
 */
import { about, usage } from './about.js';
import { eventsOfRooms, inboxEvents, roomEvents } from './events.js';
import type { Format } from './formats.js';
import { postByHook } from './hooks/webhook.js';
import { clearInbox, getInbox } from './inbox.js';
import { openApi } from './openapi.js';
import { postDirect, postMessages } from './posting.js';
import { getMessage, getMessages, getRooms, getUsers } from './reading.js';
import type { Parameter, Route } from './route.js';

const AS: Parameter = { name: 'as', help: 'name under which a guest posts', type: 'string' };

const RANGE: readonly Parameter[] = [
  { name: 'after', help: 'messages after this id, the first of them', type: 'integer' },
  { name: 'before', help: 'messages before this id, the last of them', type: 'integer' },
  { name: 'limit', help: 'number of messages, 1 to 500 (default 50)', type: 'integer' },
  { name: 'q', help: 'words that the messages have, as in SEARCH; at most 32', type: 'string' },
];

const WAIT: Parameter = {
  name: 'wait',
  help: 'seconds to wait for messages after an id, 0 to 60',
  type: 'integer',
};

const STREAM: readonly Parameter[] = [
  {
    name: 'after',
    help: 'messages after this id first (0 = all); Last-Event-ID is stronger',
    type: 'integer',
  },
  { name: 'presence', help: '1 shows joins, leaves and topics', type: 'integer' },
  { name: 'format', help: 'hist gives text the lines of HISTORY', type: 'string' },
];

const STREAM_FORMATS: readonly Format[] = ['text', 'ndjson', 'sse', 'json'];

const LISTS: readonly Format[] = ['text', 'json', 'ndjson'];

export const routes: readonly Route[] = [
  {
    method: 'POST',
    path: '/rooms/{room}/messages',
    who: 'guest',
    query: [AS],
    formats: ['text', 'json'],
    answer: { status: 201, schema: 'Posted' },
    body: 'text',
    help: 'posts a text; the answer is its id, once it is stored',
    handle: postMessages,
  },
  {
    method: 'GET',
    path: '/rooms/{room}/messages',
    who: 'guest',
    query: [...RANGE, WAIT],
    formats: LISTS,
    answer: { status: 200, schema: 'Messages' },
    help: 'lists messages of a room, oldest first',
    handle: getMessages,
  },
  {
    method: 'GET',
    path: '/rooms/{room}/messages/{id}',
    who: 'guest',
    query: [],
    formats: ['text', 'json'],
    answer: { status: 200, schema: 'Message' },
    help: 'shows one message',
    handle: getMessage,
  },
  {
    method: 'GET',
    path: '/rooms/{room}/events',
    who: 'guest',
    query: STREAM,
    formats: STREAM_FORMATS,
    answer: { status: 200, schema: 'Text' },
    help: 'sends the messages of a room as they are said',
    handle: roomEvents,
  },
  {
    method: 'GET',
    path: '/events',
    who: 'guest',
    query: [{ name: 'room', help: 'a room, up to 50 times', type: 'string', isRepeatable: true }, ...STREAM],
    formats: STREAM_FORMATS,
    answer: { status: 200, schema: 'Text' },
    help: 'sends the messages of several rooms',
    handle: eventsOfRooms,
  },
  {
    method: 'POST',
    path: '/hooks/{secret}',
    who: 'secret',
    query: [],
    formats: ['text'],
    answer: { status: 200, schema: 'Text' },
    body: 'webhook',
    help: "posts what Slack's incoming webhook takes",
    handle: postByHook,
  },
  {
    method: 'GET',
    path: '/rooms',
    who: 'guest',
    query: [],
    formats: LISTS,
    answer: { status: 200, schema: 'Rooms' },
    help: 'lists the rooms that have members or messages, except locked ones',
    handle: getRooms,
  },
  {
    method: 'GET',
    path: '/rooms/{room}/users',
    who: 'guest',
    query: [],
    formats: LISTS,
    answer: { status: 200, schema: 'Users' },
    help: 'lists the users of a room',
    handle: getUsers,
  },
  {
    method: 'GET',
    path: '/users',
    who: 'guest',
    query: [],
    formats: LISTS,
    answer: { status: 200, schema: 'Users' },
    help: 'lists the users of the server',
    handle: getUsers,
  },
  {
    method: 'POST',
    path: '/users/{name}/messages',
    who: 'owner',
    query: [],
    formats: ['text', 'json'],
    answer: { status: 201, schema: 'Sent' },
    body: 'text',
    help: 'sends a direct message',
    handle: postDirect,
  },
  {
    method: 'GET',
    path: '/inbox',
    who: 'owner',
    query: [],
    formats: LISTS,
    answer: { status: 200, schema: 'Inbox' },
    help: 'lists the direct messages that wait for the owner, and keeps them',
    handle: getInbox,
  },
  {
    method: 'GET',
    path: '/inbox/events',
    who: 'owner',
    query: STREAM,
    formats: STREAM_FORMATS,
    answer: { status: 200, schema: 'Text' },
    help: 'sends the direct messages that wait for the owner, and those that follow',
    handle: inboxEvents,
  },
  {
    method: 'DELETE',
    path: '/inbox',
    who: 'owner',
    query: [{ name: 'upto', help: 'id of the last message to remove', type: 'integer' }],
    formats: ['text'],
    answer: { status: 204, schema: 'Text' },
    help: 'removes direct messages that wait',
    handle: clearInbox,
  },
  {
    method: 'GET',
    path: '/',
    who: 'anyone',
    query: [],
    formats: ['text'],
    answer: { status: 200, schema: 'Text' },
    help: 'tells how to use this server; browsers get the page',
    handle: usage,
  },
  {
    method: 'GET',
    path: '/about',
    who: 'anyone',
    query: [],
    formats: ['json'],
    answer: { status: 200, schema: 'About' },
    help: 'describes the server: its version and limits',
    handle: about,
  },
  {
    method: 'GET',
    path: '/openapi.json',
    who: 'anyone',
    query: [],
    formats: ['json'],
    answer: { status: 200, schema: 'OpenApi' },
    help: 'describes this interface in OpenAPI 3.1',
    handle: ({ about: { version } }) => openApi(routes, version),
  },
  // Any other single segment that is the name of a room: the last one, since all others are stronger.
  {
    method: 'POST',
    path: '/{room}',
    who: 'guest',
    query: [AS],
    formats: ['text', 'json'],
    answer: { status: 201, schema: 'Posted' },
    body: 'text',
    help: 'posts in a room: the short form',
    handle: postMessages,
  },
];
